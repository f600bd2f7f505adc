{% macro measures_of_surveys() -%}
    {%- set text -%}
# Who says 'don't know' has answered: only a question that was left out or does not apply is no
# answer. How few answers are too few to show is a rule of the status, not of counting.
reads: stg_surveys__answers
feeds: [surveys]
table: answers
reasons:
  not_valid:
    - not_applicable: answer_code = '98'
    - not_answered: answer_code = '99'
  of_parents:
    - not_a_parent: respondent_type != 'parent'
    - not_valid
  of_young_people:
    - not_a_young_person: respondent_type != 'cyp'
    - not_valid

measures:
  involved_in_ehcp:
    dated: submitted_at
    among: instrument = 'ehcp' and question_id = 'involved_in_ehcp'
    excluded: of_parents
    counts: &good answer_code in ('4', '5')
    age: &age cast(split_part(age_band, '-', 1) as bigint)

  satisfied_with_council:
    dated: submitted_at
    among: instrument in ('ehcp', 'send_annual_parent') and question_id = 'overall_satisfaction'
    excluded: not_valid
    counts: *good

  satisfied_with_health_services:
    dated: submitted_at
    among: instrument = 'health_ff' and question_id = 'overall_satisfaction'
    excluded: not_valid
    counts: *good

  satisfied_with_local_offer:
    dated: submitted_at
    among: instrument = 'sendlo' and question_id = 'overall_satisfaction'
    excluded: not_valid
    counts: *good

  satisfied_with_ehcp:
    dated: submitted_at
    among: instrument = 'ehcp' and question_id = 'overall_satisfaction'
    excluded: not_valid
    counts: *good

  parents_satisfied:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'overall_satisfaction'
    excluded: of_parents
    counts: *good

  parents_satisfied_with_health:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'health_satisfaction'
    excluded: of_parents
    counts: *good

  parents_satisfied_with_community:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'community_satisfaction'
    excluded: of_parents
    counts: *good

  services_joined_up:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'joined_up'
    excluded: of_parents
    counts: *good

  know_where_to_go:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'know_where_to_go'
    excluded: of_parents
    counts: *good

  nap_aware:
    dated: submitted_at
    among: instrument = 'send_annual_parent' and question_id = 'nap_awareness'
    excluded: of_parents
    counts: *good

  young_people_listened_to:
    dated: submitted_at
    among: instrument = 'yp_annual' and question_id = 'listened_to'
    excluded: of_young_people
    counts: *good
    age: *age

  young_people_joining_in:
    dated: submitted_at
    among: instrument = 'yp_annual' and question_id = 'community_join_in'
    excluded: of_young_people
    counts: *good

  young_people_making_friends:
    dated: submitted_at
    among: instrument = 'yp_annual' and question_id = 'friends'
    excluded: of_young_people
    counts: *good

  young_people_with_aspirations:
    dated: submitted_at
    among: instrument = 'yp_annual' and question_id = 'aspirations'
    excluded: of_young_people
    counts: *good

  young_people_ready_for_adult_life:
    dated: submitted_at
    among: instrument = 'yp_annual' and question_id = 'adult_ready'
    excluded: of_young_people
    counts: *good

  # A response has a row for each question.
  young_people_responding:
    dated: submitted_at
    among: instrument = 'yp_annual'
    excluded: of_young_people
    distinct: response_id
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
