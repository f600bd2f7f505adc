{% macro measures_of_attendance() -%}
    {%- set text -%}
reads: attendance_enrolments
feeds: [attendance]
table: enrolments

measures:
  persistently_absent_with_plan:
    among: has_plan
    excluded:
      - exclusion_reason
      - further_enrolment: is_further
      - not_persistently_absent: not is_pupil_persistently_absent

  persistent_absence_with_plan:
    among: has_plan
    excluded: exclusion_reason
    counts: is_persistently_absent

  persistent_absence_sen_support:
    among: has_sen_support
    excluded: exclusion_reason
    counts: is_persistently_absent

  persistent_absence:
    excluded: exclusion_reason
    counts: is_persistently_absent

  severe_absence_with_plan:
    among: has_plan
    excluded: exclusion_reason
    counts: is_severely_absent

  absent_sessions_with_plan:
    among: has_plan
    excluded: exclusion_reason
    adds: {numerator: absent_sessions, denominator: possible_sessions}

  part_time_sessions_with_plan:
    among: has_plan
    excluded:
      - exclusion_reason
      - part_time_sessions_not_recorded: part_time_sessions is null
    adds: {numerator: part_time_sessions, denominator: possible_sessions}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
