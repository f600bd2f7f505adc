{% macro measures_of_reviews() -%}
    {%- set text -%}
reads: annual_reviews
feeds: [annual_reviews]
table: reviews
other_submission: casework_submission_id
breakdowns: [sex, ethnicity_group, primary_need, setting_type]
# The delivery knows no birth: the month of birth tells the age at the end of a month.
age: date_sub('year', birth_month, last_day(event_date))
reasons:
  # Each meeting of a review is one to attend; the clocks of the review run from the first.
  no_meeting: "nullif(exclusion_reason, 'same_review')"

measures:
  # A review counts in the month in which the decision on its first meeting fell due; undecided is a
  # miss.
  decided_within_4_weeks:
    dated: decision_due_date
    excluded: exclusion_reason
    counts: is_decided_within_4_weeks

  # Undecided is a miss here too; what was maintained or ceased owed no plan.
  final_within_12_weeks:
    dated: twelve_week_limit_date
    excluded:
      - exclusion_reason
      - maintained: outcome = 'M'
      - ceased: outcome = 'C'
    counts: outcome = 'A' and is_final_within_12_weeks

  decided_within_4_weeks_of_decided:
    dated: decision_date
    excluded:
      - exclusion_reason
      - dates_out_of_order: decision_date < meeting_date
      - no_limit_in_force: decision_due_date is null
    counts: is_decided_within_4_weeks

  decisions_outstanding:
    among: decision_date > census_date or decision_date is null
    excluded:
      - exclusion_reason
      - not_overdue: (decision_due_date < census_date) is not true

  family_attended:
    dated: meeting_date
    excluded: no_meeting
    counts: parent_attended or cyp_participated

  young_person_took_part:
    dated: meeting_date
    excluded: no_meeting
    counts: cyp_participated

  adulthood_discussed:
    dated: meeting_date
    excluded:
      - no_meeting
      - year_group_unknown: is_year_9_or_above is null
      - below_year_9: not is_year_9_or_above
    counts: discussed_preparation_for_adulthood
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
