{#- The value of a named parameter that is a whole number: no such number is written in a model. -#}
{% macro parameter(name) -%}
    (
        select cast(parameters.value as integer)
        from {{ ref('parameters') }} as parameters
        where parameters.name = '{{ name }}'
    )
{%- endmacro %}

{#- The value of a named parameter that is a word: what the Partnership may settle otherwise. -#}
{% macro choice(name) -%}
    (
        select parameters.value
        from {{ ref('parameters') }} as parameters
        where parameters.name = '{{ name }}'
    )
{%- endmacro %}

{#- The value of a named parameter that is a number, whole or not. -#}
{% macro factor(name) -%}
    (
        select cast(parameters.value as double)
        from {{ ref('parameters') }} as parameters
        where parameters.name = '{{ name }}'
    )
{%- endmacro %}
