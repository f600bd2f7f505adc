{% macro measures_of_dynamic_support() -%}
    {%- set text -%}
reads: dynamic_support
feeds: [dynamic_support]
table: people

measures:
  on_dynamic_support_register:
    among: is_on_register
    excluded: [{further_row_of_the_person: is_further_on_register}]

  keyworkers:
    among: is_on_register
    excluded:
      - further_row_of_the_person: is_further_on_register
      - rated_green: category = 'green' and not is_inpatient
    counts: has_keyworker

  inpatients:
    among: is_inpatient
    excluded: [{further_row_of_the_person: is_further_inpatient}]

  reviews_before_admission:
    dated: admission_date
    excluded:
      - kind_not_recorded: admission_type is null
      - emergency: admission_type = 'emergency'
    counts: cetr_date <= admission_date
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
