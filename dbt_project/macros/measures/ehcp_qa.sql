{% macro measures_of_ehcp_qa() -%}
    {%- set text -%}
# An audit has a row for each domain. What is true of the plan stands in the row of `overall`.
reads: stg_ehcp_qa__audits
feeds: [ehcp_qa]
table: audits
reasons:
  no_audit:
    - case_review: activity_type = 'case_review'
  no_plan_audited:
    - no_audit
    - other_domain: domain != 'overall'

measures:
  audits_good:
    dated: audit_date
    excluded: no_plan_audited
    counts: &good grade in ('3', '4')

  # By the day of the plan, however late it was audited.
  new_plans_good:
    dated: plan_issue_date
    excluded: [no_plan_audited, {amended_plan: plan_stage != 'new'}]
    counts: *good

  voice_good:
    dated: audit_date
    excluded: [no_audit, {other_domain: domain != 'voice'}]
    counts: *good

  # Nothing recorded is a no: the audit looks for the views.
  views_recorded:
    dated: audit_date
    excluded: no_plan_audited
    counts: cyp_views_recorded

  adulthood_outcomes:
    dated: audit_date
    excluded:
      - no_plan_audited
      - year_group_unknown: year_group is null
      - below_year_9: year_group < 9
    counts: pfa_outcomes_all_four

  audits_completed:
    dated: audit_date
    excluded: no_audit
    distinct: audit_id

  case_reviews:
    dated: audit_date
    excluded:
      - no_case_review: activity_type is distinct from 'case_review'
    distinct: audit_id
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
