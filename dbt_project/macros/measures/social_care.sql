{% macro measures_of_social_care() -%}
    {%- set text -%}
reads: social_care_spells
feeds: [social_care]
table: spells

measures:
  looked_after_with_sen:
    among: status = 'CLA' and is_open
    excluded:
      - further_spell: is_further
      - not_of_school_age: academic_age not between 5 and 15
      - not_matched_to_school_census: sen_status is null
    counts: sen_status in ('E', 'K')

  # A child counts in the month in which the 20 working days end.
  initial_health_assessments:
    dated: assessment_due_date
    excluded: [{left_care_before: not is_in_care_when_due}]
    counts: assessment_date <= assessment_due_date

  holiday_activity_children:
    dated: spell_start
    among: status = 'HAF'
    excluded: [{no_send: not has_send}]
    distinct: child_id
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
