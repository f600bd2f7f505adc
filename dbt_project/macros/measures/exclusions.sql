{% macro measures_of_exclusions() -%}
    {%- set text -%}
reads: stg_exclusions__events
feeds: [exclusions]
table: events

measures:
  # A pupil whose need is not recorded is left out.
  permanent_exclusions_send:
    dated: start_date
    excluded:
      - suspension: type != 'PERM'
      - sen_not_recorded: sen_provision is null
      - no_sen: sen_provision = 'N'
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
