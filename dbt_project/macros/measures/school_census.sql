{% macro measures_of_school_census() -%}
    {%- set text -%}
reads: pupils_on_roll
feeds: [school_census]
table: pupils

measures:
  pupils_with_sen:
    excluded: exclusion_reason
    counts: has_sen

  pupils_with_sen_support:
    excluded: exclusion_reason
    counts: sen_provision = 'K'
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
