{#- The value of a named parameter: no such number is written in a model. -#}
{% macro parameter(name) -%}
    (
        select parameters.value
        from {{ ref('parameters') }} as parameters
        where parameters.name = '{{ name }}'
    )
{%- endmacro %}
