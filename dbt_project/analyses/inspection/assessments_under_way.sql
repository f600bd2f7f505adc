with

assessments as (
    {{ newest_rows('ehc_needs_assessments', "'sen2_ehc'") }}
)

select
    person_id as person_pseudonym,
    case_id as case_pseudonym,
    date_sub('year', birth_month, census_date) as age,
    sex,
    ethnicity_group,
    primary_need,
    setting_type,
    request_date,
    decision_date as decided_to_assess_date,
    final_plan_due_date,
    final_plan_due_date < as_at as is_overdue,
    exception_ground,
    census_date as snapshot_date,
    sender
from assessments
where is_open and decision_date is not null
order by request_date, assessment_id
