with

plans as (
    {{ newest_rows('ehc_plans', "'sen2_ehc'") }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
)

select
    plans.person_id as person_pseudonym,
    plans.case_id as case_pseudonym,
    date_sub('year', plans.birth_month, plans.census_date) as age,
    plans.sex,
    plans.ethnicity_group,
    coalesce(plans.primary_need, assessments.primary_need) as primary_need,
    plans.setting_type,
    plans.named_urn,
    assessments.request_date,
    plans.start_date as plan_issued_date,
    assessments.elapsed_days,
    assessments.is_within_20_weeks,
    assessments.exception_ground,
    plans.census_date as snapshot_date,
    plans.sender
from plans
left join assessments on plans.assessment_id = assessments.assessment_id
where
    not plans.is_from_elsewhere
    and plans.start_date > plans.as_at - interval 12 month
    and plans.start_date <= plans.as_at
order by plans.start_date, plans.plan_id
