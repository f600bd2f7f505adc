{% macro measures_of_ld_health_checks() -%}
    {%- set text -%}
# The practices add up since 1 April themselves: each figure is the position of the month's file.
reads: stg_ld_health_checks__practices
feeds: [ld_health_checks]
table: practices

measures:
  health_checks_14_plus:
    adds: {numerator: checks_ytd, denominator: register_14plus}

  health_checks_14_to_17:
    adds: {numerator: checks_14_17_ytd, denominator: register_14_17}

  health_checks_age_14:
    adds: {numerator: checks_age14_ytd, denominator: register_age14}

  health_action_plans:
    adds: {numerator: hap_ytd, denominator: checks_ytd}

  health_checks_good:
    adds: {numerator: qa_met_standard, denominator: qa_sampled}

  # Practices are counted here, not what they count.
  shared_care_practices:
    counts: adhd_shared_care
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
