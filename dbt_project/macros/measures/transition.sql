{% macro measures_of_transition() -%}
    {%- set text -%}
reads: transitions
feeds: [transition]
table: moves
reasons:
  to_adult_care:
    - other_move: transition_type != 'children_adults_care'

measures:
  travel_trained:
    dated: travel_training_completed
    excluded:
      - same_training: is_training_told_again

  passport_by_july:
    excluded:
      - other_move: transition_type != 'y6_y7'
      - other_september: not is_of_this_september
      - sen_not_recorded: sen_status is null
      - no_sen: sen_status = 'N'
    counts: has_passport_by_july

  lead_worker_named:
    excluded:
      - to_adult_care
      - age_not_known: age is null
      - not_17: age != 17
    counts: has_lead_worker

  assessed_before_18:
    dated: transition_date
    excluded: to_adult_care
    counts: is_assessed_before
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
