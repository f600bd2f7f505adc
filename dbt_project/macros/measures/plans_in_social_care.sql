{% macro measures_of_plans_in_social_care() -%}
    {%- set text -%}
reads: plans_in_social_care
feeds: [sen2_ehc]
table:
  activeplans: is_from_elsewhere
  namedplan: is_from_elsewhere is not true
other_submission: social_care_submission_id

measures:
  plans_in_social_care:
    excluded: [{age_not_known: not is_age_known}]
    counts: is_in_social_care
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
