{% macro measures_of_short_breaks() -%}
    {%- set text -%}
reads: short_break_months
feeds: [social_care]
table: spells

measures:
  short_break_children:
    dated: used_date
    distinct: child_id
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
