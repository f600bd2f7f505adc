{% macro measures_of_advice() -%}
    {%- set text -%}
reads: ehc_advice
feeds: [ehc_advice]
table: advice
service: body
service_groups:
  health: [medical, cypmh, slt, ot]
other_submission: casework_submission_id
breakdowns:
  - sex
  - ethnicity_group
  - primary_need
  - setting_type
  - ground: coalesce(exception_code, 'none')
# The delivery knows no birth: the month of birth tells the age at the end of a month.
age: date_sub('year', birth_month, last_day(event_date))

measures:
  # What is due in a month counts in it, whether it came or not and whatever exception is relied on.
  advice_within_6_weeks:
    dated: due_date
    excluded: exclusion_reason
    counts: is_within_6_weeks

  advice_overdue:
    among: received_date > census_date or received_date is null
    excluded:
      - exclusion_reason
      - not_overdue: (due_date < census_date) is not true
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
