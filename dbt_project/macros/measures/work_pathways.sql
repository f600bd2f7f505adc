{% macro measures_of_work_pathways() -%}
    {%- set text -%}
reads: work_pathway_placements
feeds: [work_pathways]
table: placements
reasons:
  open_internship:
    - other_programme: programme != 'supported_internship'
    - not_open: not is_open
  open_apprenticeship:
    - other_programme: programme != 'apprenticeship'
    - not_open: not is_open

measures:
  supported_internships:
    excluded: [open_internship, {no_plan: not has_plan}, {further_placement: is_further}]

  internship_employers:
    excluded: [open_internship, {employer_missing: host_employer is null}]
    distinct: host_employer

  internship_sectors:
    excluded: [open_internship, {sector_missing: sector is null}]
    distinct: sector

  # In the file of March, whoever ended by last August has had six months.
  internships_to_paid_work:
    excluded:
      - other_programme: programme != 'supported_internship'
      - other_year: not is_ended_last_year
    counts: is_in_paid_work_by_then

  apprenticeships_with_plan:
    excluded: [open_apprenticeship, {no_plan: not has_plan}, {further_placement: is_further}]

  apprenticeship_starts:
    dated: start_date
    excluded:
      - other_programme: programme != 'apprenticeship'
      - no_learning_difficulty: not has_learning_difficulty
      - age_not_known: start_date_age is null
      - not_16_to_18: start_date_age not between 16 and 18

  supported_employment:
    excluded:
      - other_programme: programme != 'supported_employment'
      - not_open: not is_open
      - age_not_known: age is null
      - not_18_to_64: age not between 18 and 64
      - further_placement: is_further
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
