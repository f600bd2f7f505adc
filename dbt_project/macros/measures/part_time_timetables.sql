{% macro measures_of_part_time_timetables() -%}
    {%- set text -%}
reads: part_time_timetables
feeds: [part_time_timetables]
table: timetables
reasons:
  # A child with two open timetables counts once, by the one that began first.
  once_a_child:
    - further_timetable: is_further

measures:
  timetables_open:
    among: is_open
    excluded: once_a_child
    breakdowns: [parental_consent, planned_length]

  timetables_open_with_plan:
    among: is_open and has_plan
    excluded: once_a_child

  timetables_open_over_12_weeks:
    among: is_open
    excluded: once_a_child
    counts: is_over_12_weeks
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
