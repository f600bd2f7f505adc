{% macro measures_of_part_time_timetables() -%}
    {%- set text -%}
reads: part_time_timetables
feeds: [part_time_timetables]
table: timetables
reasons:
  # A child with two open timetables counts once, by the one that began first.
  open_once_a_child:
    - not_open: not is_open
    - further_timetable: is_further

measures:
  timetables_open:
    excluded: open_once_a_child
    breakdowns: [parental_consent, planned_length]

  timetables_open_with_plan:
    excluded: [open_once_a_child, {no_plan: not has_plan}]

  timetables_open_over_12_weeks:
    excluded: open_once_a_child
    counts: is_over_12_weeks
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
