{% macro measures_of_plans() -%}
    {%- set text -%}
reads: ehc_plans
feeds: [sen2_ehc]
table:
  activeplans: is_from_elsewhere
  namedplan: is_from_elsewhere is not true
breakdowns: [sex, ethnicity_group, primary_need, setting_type]
age: date_sub('year', birth_month, census_date)

measures:
  open_plans:
    excluded: exclusion_reason

  need_mix:
    excluded: exclusion_reason
    counts: "true"

  neet_setting:
    excluded: exclusion_reason
    counts: setting_type = 'NEET'

  no_placement:
    excluded:
      - exclusion_reason
      - placed: placement_type not in ('NIEC', 'NIEO', 'NEET', 'OLA')

  awaiting_placement:
    excluded:
      - exclusion_reason
      - setting_named: setting_type is not null

  reviewed_in_12_months:
    excluded:
      - exclusion_reason
      - start_date_missing: known_since_date is null
      - start_date_missing: >-
          start_date is null
          and known_since_date + to_months(@recent_review_months) > census_date
      - younger_than_12_months: >-
          known_since_date + to_months(@recent_review_months) > census_date
    counts: last_review_decision_date + to_months(@recent_review_months) > census_date
    other_submission: reviews_submission_id

  # A move counts in the month of its limit. Where nobody can tell which move it is, it has none: it
  # is named and left out in the month of the day that the council has set.
  phase_transfer_on_time:
    dated: coalesce(phase_transfer_last_date, phase_transfer_due_date)
    within_school_year: true
    excluded:
      - exclusion_reason
      - move_unknown: phase_transfer_kind is null
      - no_limit_in_force: phase_transfer_last_date is null
      - issued_after_limit: start_date > phase_transfer_last_date
    counts: is_phase_transfer_on_time
    age: date_sub('year', birth_month, last_day(phase_transfer_last_date))
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
