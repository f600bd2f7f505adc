with

appeals as (
    {{ newest_rows('appeals', "'tribunals'") }}
),

people as (
    {{ people_of_casework() }}
)

select
    appeals.person_id as person_pseudonym,
    appeals.case_id as case_pseudonym,
    date_sub('year', people.birth_month, appeals.census_date) as age,
    people.sex,
    people.ethnicity_group,
    people.primary_need,
    appeals.appeal_type,
    appeals.stage,
    appeals.outcome,
    appeals.notice_date as decision_appealed_date,
    appeals.mediation_requested_date,
    appeals.mediation_held_date,
    appeals.registered_date,
    appeals.order_date,
    appeals.census_date as snapshot_date,
    appeals.sender
from appeals
left join people on appeals.person_id = people.person_id
where
    appeals.stage != 'concluded'
    or greatest(appeals.registered_date, appeals.mediation_requested_date, appeals.order_date)
    > appeals.as_at - interval 12 month
order by appeals.registered_date, appeals.mediation_requested_date, appeals.appeal_id
