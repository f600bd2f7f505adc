with

plans as (
    {{ newest_rows('ehc_plans', "'sen2_ehc'") }}
),

waits as (
    {{ newest_rows('service_waits', 'cases.feed', list='sender, feed, service') }}
),

waiting as (
    select
        person_id,
        string_agg(distinct service, '; ' order by service) as waits_for
    from waits
    where is_waiting and person_id is not null
    group by person_id
)

select
    plans.person_id as person_pseudonym,
    plans.case_id as case_pseudonym,
    date_sub('year', plans.birth_month, plans.census_date) as age,
    plans.year_group,
    plans.sex,
    plans.ethnicity_group,
    plans.primary_need,
    plans.setting_type,
    plans.named_urn,
    plans.start_date as plan_issued_date,
    plans.last_review_decision_date,
    plans.next_review_due_date,
    plans.is_review_overdue,
    plans.phase_transfer_kind,
    plans.phase_transfer_due_date,
    waiting.waits_for,
    plans.census_date as snapshot_date,
    plans.sender
from plans
left join waiting on plans.person_id = waiting.person_id
where plans.is_open
order by plans.start_date, plans.plan_id
