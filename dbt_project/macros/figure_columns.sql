{#- The key of `indicator_values`, in order. -#}
{% macro figure_key() -%}
    {{ return([
        'indicator_id', 'basis', 'period_type', 'period_start', 'period_end',
        'area_code', 'breakdown', 'breakdown_value',
    ]) }}
{%- endmacro %}

{#- The same columns, each named by its table. -#}
{% macro prefixed(columns, table) -%}
    {%- for column in columns %}{{ table }}.{{ column }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}
