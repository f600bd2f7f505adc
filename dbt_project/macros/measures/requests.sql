{% macro measures_of_requests() -%}
    {%- set text -%}
# Need and setting are known of plans, not of requests: only what is counted of plans issued is
# broken down by them.
reads: ehc_needs_assessments
feeds: [sen2_ehc]
table: requests
breakdowns: [sex, ethnicity_group]
reasons:
  # Another council was asked for a plan that was transferred in, and decided on it.
  not_asked_here:
    - historical: is_historical
    - exported: is_exported
    - transferred_in: is_transferred_in
  # A case under an exception leaves the headline even when it was on time, and counts by its days
  # in every other measure of plans issued.
  no_days: "nullif(exclusion_reason, 'exception')"

measures:
  requests:
    dated: request_date
    excluded: not_asked_here
    age: request_age

  refused:
    dated: request_date
    mature_after: decision_to_assess
    excluded: not_asked_here
    counts: request_outcome = 'N'
    age: request_age

  cycles_evidenced:
    dated: request_date
    excluded:
      - not_asked_here
      - not_from_a_school: request_source is distinct from '2'
    counts: evidenced_cycle_count >= @evidenced_cycles
    age: request_age

  decided_within_6_weeks:
    dated: decision_date
    excluded:
      - historical: is_historical
      - transferred_in: is_transferred_in
      - withdrawn: request_outcome = 'W'
      - not_decided: request_outcome not in ('Y', 'N') or request_outcome is null
      - date_missing: request_date is null
      - dates_out_of_order: request_date > decision_date
      - no_limit_in_force: decision_due_date is null
    counts: is_decided_within_6_weeks
    age: decision_age

  refused_within_16_weeks:
    dated: assessment_decision_date
    among: assessment_outcome = 'N'
    excluded:
      - historical: is_historical
      - transferred_in: is_transferred_in
      - date_missing: request_date is null
      - dates_out_of_order: request_date > assessment_decision_date
      - no_limit_in_force: no_plan_due_date is null
    counts: is_refused_within_16_weeks
    age: assessment_decision_age

  within_20_weeks:
    dated: final_plan_date
    excluded: exclusion_reason
    counts: is_within_20_weeks
    breakdowns: [primary_need, setting_type]
    age: final_plan_age

  within_20_weeks_of_all:
    dated: final_plan_date
    excluded: no_days
    counts: is_within_20_weeks
    breakdowns: &of_plans_issued
      - primary_need
      - setting_type
      - ground: if(has_exception, exception_ground, 'none')
    age: final_plan_age

  over_52_weeks:
    dated: final_plan_date
    excluded: no_days
    counts: elapsed_days >= @over_52w_days
    breakdowns: *of_plans_issued
    age: final_plan_age

  mean_weeks:
    dated: final_plan_date
    excluded: no_days
    quantity: elapsed_days
    breakdowns: *of_plans_issued
    age: final_plan_age

  open_overdue:
    among: is_open
    excluded:
      - not_overdue: (final_plan_due_date < census_date) is not true
    age: date_sub('year', birth_month, census_date)
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
