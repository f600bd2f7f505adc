{#- What kind of setting a row of the casework names: a school or college where it has a number,
    else the arrangement's code; null where the row says neither. -#}
{% macro setting_type(settings) -%}
    case
        when coalesce({{ settings }}.urn, {{ settings }}.ukprn) is not null
            then 'school or college'
        else {{ settings }}.sensetting
    end
{%- endmacro %}
