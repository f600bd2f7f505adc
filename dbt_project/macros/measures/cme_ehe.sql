{% macro measures_of_cme_ehe() -%}
    {%- set text -%}
reads: out_of_school_spells
feeds: [cme_ehe]
table: spells
reasons:
  no_send:
    - sen_not_recorded: sen_status is null
    - no_sen: not has_send
  missing_education:
    - not_missing_education: not is_missing_education
    - further_spell: is_further_missing_education

measures:
  became_home_educated_send:
    dated: start_date
    excluded:
      - not_home_educated: not is_home_status
      - no_send
      - home_educated_before: is_home_educated_before

  missing_education:
    excluded: missing_education

  missing_education_send:
    excluded: [missing_education, no_send]

  missing_education_over_12_weeks:
    excluded: missing_education
    counts: is_over_12_weeks

  home_educated_send:
    excluded:
      - not_home_educated: not is_home_educated
      - further_spell: is_further_home_educated
      - no_send

  # Children on a roll without provision stand in no register, so they are not counted.
  out_of_education_send:
    excluded:
      - no_send
      - school_days_not_known: is_length_unknown and not is_missing_education
      - in_education: not is_out_of_education
      - further_spell: is_further_out_of_education

  medical_without_provision:
    excluded:
      - school_days_not_known: is_length_unknown
      - has_provision_or_not_15_days: not is_medical_without_provision
      - further_spell: is_further_medical_without_provision

  medical_named_lead:
    excluded:
      - not_on_register: not is_on_medical_register
      - further_spell: is_further_on_medical_register
    counts: has_named_lead

  # Where the school days are not known the absence is named in the month of its 15th working day.
  section_19_within_15_days:
    dated: coalesce(fifteenth_school_day, fifteenth_working_day)
    excluded:
      - same_absence: is_absence_told_again
      - school_days_not_known: fifteenth_school_day is null
      - back_by_then: is_back_by_then
    counts: is_taught_by_then
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
