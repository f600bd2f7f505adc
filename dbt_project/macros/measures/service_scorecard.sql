{% macro measures_of_service_scorecard() -%}
    {%- set text -%}
# What each measure of a scorecard counts stands in partnership/scorecard_measures.csv. The
# indicator names it as its service.
reads: stg_service_scorecard__measures
feeds: [service_scorecard]
table: measures
service: scorecard_measure
measures:
  scorecard_count:
    dated: census_date
    adds: {numerator: numerator}

  scorecard_share:
    dated: census_date
    adds: {numerator: numerator, denominator: denominator}

  scorecard_count_standing:
    adds: {numerator: numerator}
    needs_days: false

  scorecard_share_standing:
    adds: {numerator: numerator, denominator: denominator}
    needs_days: false
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
