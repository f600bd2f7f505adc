{% macro measures_of_health_visiting() -%}
    {%- set text -%}
# A child counts in the month in which it reaches the age, whenever the review was.
reads: health_visiting_thresholds
feeds: [health_visiting]
table: reviews
reasons:
  with_asq3:
    - exclusion_reason
    - not_reviewed_in_time: not is_reviewed_in_time
    - asq3_not_used: not has_used_asq3

measures:
  new_birth_visits_within_14_days:
    dated: threshold_date
    among: threshold = '30_days'
    excluded: exclusion_reason
    counts: is_reviewed_in_time

  new_birth_visits_after_14_days:
    dated: threshold_date
    among: threshold = '30_days'
    excluded: exclusion_reason
    counts: review_date > limit_date

  reviews_by_8_weeks:
    dated: threshold_date
    among: threshold = '8_weeks'
    excluded: exclusion_reason
    counts: is_reviewed_in_time

  breastfed_at_6_to_8_weeks:
    dated: threshold_date
    among: threshold = '8_weeks'
    excluded: exclusion_reason
    counts: breastfeeding in ('total', 'partial')

  reviews_by_12_months:
    dated: threshold_date
    among: threshold = '12_months'
    excluded: exclusion_reason
    counts: is_reviewed_in_time

  reviews_by_15_months:
    dated: threshold_date
    among: threshold = '15_months'
    excluded: exclusion_reason
    counts: is_reviewed_in_time

  reviews_by_30_months:
    dated: threshold_date
    among: threshold = '30_months'
    excluded: exclusion_reason
    counts: is_reviewed_in_time

  reviews_with_asq3:
    dated: threshold_date
    among: threshold = '30_months'
    excluded:
      - exclusion_reason
      - not_reviewed_in_time: not is_reviewed_in_time
    counts: has_used_asq3

  asq3_at_level_in_all_domains:
    dated: threshold_date
    among: threshold = '30_months'
    excluded:
      - with_asq3
      - domain_not_recorded: not has_all_asq3
    counts: is_at_level_in_all

  asq3_at_level_in_communication:
    dated: threshold_date
    among: threshold = '30_months'
    excluded:
      - with_asq3
      - domain_not_recorded: asq3_communication is null
    counts: asq3_communication = 'above'
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
