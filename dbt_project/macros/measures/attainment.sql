{% macro measures_of_attainment() -%}
    {%- set text -%}
reads: stg_attainment__results
feeds: [attainment]
table: results
reasons:
  # Of the year whose results are due: the school year that ended last summer.
  with_plan:
    - other_year: year != year(census_date - interval 8 month)
    - other_provision: sen_provision != 'E'
  with_sen_support:
    - other_year: year != year(census_date - interval 8 month)
    - other_provision: sen_provision != 'K'

measures:
  good_development_with_plan:
    among: assessment = 'EYFSP'
    excluded: [with_plan, {not_assessed: expected is null}]
    counts: expected

  good_development_sen_support:
    among: assessment = 'EYFSP'
    excluded: [with_sen_support, {not_assessed: expected is null}]
    counts: expected

  # A pupil who was not assessed has not reached the standard, as in the national figures.
  phonics_with_plan:
    among: assessment = 'PHONICS'
    excluded: with_plan
    counts: expected

  key_stage_2_with_plan:
    among: assessment = 'KS2'
    excluded: with_plan
    counts: expected

  key_stage_2_sen_support:
    among: assessment = 'KS2'
    excluded: with_sen_support
    counts: expected

  attainment_8_with_plan:
    among: assessment = 'KS4'
    excluded: [with_plan, {points_missing: att8 is null}]
    quantity: att8

  attainment_8_sen_support:
    among: assessment = 'KS4'
    excluded: [with_sen_support, {points_missing: att8 is null}]
    quantity: att8

  level_2_by_19_with_plan:
    among: assessment = 'L2_19'
    excluded: with_plan
    counts: expected

  level_3_by_19_with_plan:
    among: assessment = 'L3_19'
    excluded: with_plan
    counts: expected
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
