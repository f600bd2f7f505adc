with

waits as (
    {{ newest_rows('service_waits', 'cases.feed', list='sender, feed, service') }}
),

plans as (
    {{ newest_rows('ehc_plans', "'sen2_ehc'") }}
),

people_with_plan as (
    select distinct person_id
    from plans
    where is_open and person_id is not null
),

services as (
    select * from {{ ref('lists') }}
)

select
    waits.person_id as person_pseudonym,
    waits.age_at_census as age,
    people_with_plan.person_id is not null as has_ehc_plan,
    waits.service,
    services.label as service_name,
    waits.provider_code,
    waits.pathway,
    waits.referral_received_date,
    waits.waited_days,
    waits.has_support_while_waiting,
    waits.census_date as snapshot_date,
    waits.sender
from waits
left join people_with_plan on waits.person_id = people_with_plan.person_id
left join services on waits.feed = services.feed and waits.service = services.list
where waits.is_waiting
order by waits.service, waits.referral_received_date, waits.sender, waits.referral_id
