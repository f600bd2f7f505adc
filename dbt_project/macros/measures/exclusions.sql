{% macro measures_of_exclusions() -%}
    {%- set text -%}
reads: stg_exclusions__events
feeds: [exclusions]
table: events

measures:
  # Of whom it is not known whether there was a need, nothing is said.
  permanent_exclusions_send:
    dated: start_date
    excluded:
      - suspension: type != 'PERM'
      - sen_not_recorded: sen_provision is null
      - no_sen: sen_provision = 'N'
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
