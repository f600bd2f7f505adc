{% macro measures_of_${feed}() -%}
    {%- set text -%}
# A draft made by `lasp new-feed`: a count and a share. The keys: docs/adding-an-indicator.md.
reads: stg_${feed}__${table}
feeds: [${feed}]
table: ${table}
# The delivery knows the month of birth: it tells the age at the end of a month.
age: date_sub('year', birth_month, last_day(event_date))

measures:
  ${feed}_received:
    dated: received_date

  ${feed}_ended_within_4_weeks:
    dated: ended_date
    excluded:
      - not_accepted: outcome = 'not_accepted'
    counts: date_diff('day', received_date, ended_date) <= 28
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
