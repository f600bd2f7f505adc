{% macro measures_of_record() -%}
    {%- set text -%}
# The warehouse's own record: what was due and what came. Nobody sends it.
reads: int_record_entries__listed
feeds: [record]
table: record
measures:
  deliveries_on_time:
    dated: census_date
    among: entry = 'delivery'
    adds: {numerator: numerator, denominator: denominator}

  scorecards_complete:
    dated: census_date
    among: entry = 'scorecard'
    adds: {numerator: numerator, denominator: denominator}

  dashboard_populated:
    dated: census_date
    among: entry = 'dashboard measure'
    adds: {numerator: numerator, denominator: denominator}

  rows_set_aside:
    dated: census_date
    among: entry = 'rows'
    adds: {numerator: numerator, denominator: denominator}

  identifiers_valid:
    dated: census_date
    among: entry = 'identifiers'
    adds: {numerator: numerator, denominator: denominator}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
