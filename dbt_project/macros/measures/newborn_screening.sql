{% macro measures_of_newborn_screening() -%}
    {%- set text -%}
reads: stg_newborn_screening__counts
feeds: [newborn_screening]
table: counts

measures:
  hearing_screens:
    dated: census_date
    among: kpi = 'NH1'
    adds: {numerator: numerator, denominator: denominator}

  newborn_examinations:
    dated: census_date
    among: kpi = 'NP1'
    adds: {numerator: numerator, denominator: denominator}

  blood_spot_screens:
    dated: census_date
    among: kpi = 'NB1'
    adds: {numerator: numerator, denominator: denominator}

  vision_screens:
    among: kpi = 'VS45'
    adds: {numerator: numerator, denominator: denominator}

  section_23_notifications:
    dated: census_date
    among: kpi = 'S23'
    adds: {numerator: numerator}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
