{% macro measures_of_ap_census() -%}
    {%- set text -%}
reads: ap_placements
feeds: [ap_census]
table: placements

measures:
  ap_sessions_attended:
    excluded:
      - sessions_not_recorded: sessions_possible is null or sessions_attended is null
    adds: {numerator: sessions_attended, denominator: sessions_possible}

  # A pupil who left lately has not had the time.
  ap_reintegrated:
    dated: leaving_date
    counts: is_back_for_a_term
    mature_after: sustained_return_days

  ap_year_11_destinations:
    excluded:
      - no_year_11_leaver: not is_year_11_leaver
    counts: leaving_destination = 'eet'

  ap_pupils:
    excluded:
      - not_open: not is_open
      - further_placement: is_further

  ap_unregistered:
    excluded:
      - not_open: not is_open
      - registered: not is_unregistered
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
