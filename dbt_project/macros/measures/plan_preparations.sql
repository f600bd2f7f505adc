{% macro measures_of_plan_preparations() -%}
    {%- set text -%}
reads: plan_preparations
feeds: [sen2_ehc]
table:
  activeplans: is_from_elsewhere
  namedplan: is_from_elsewhere is not true
other_submission: transition_submission_id

measures:
  passport_current:
    excluded: exclusion_reason
    counts: has_current_passport

  vocational_profile_current:
    excluded:
      - exclusion_reason
      - year_group_unknown: is_year_9_or_above is null
      - below_year_9: not is_year_9_or_above
    counts: has_current_profile
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
