-- One row per open EHC plan of a child aged 0 to 17, with what social care of the same council and
-- month knows of the child.
with

plans as (
    select * from {{ ref('ehc_plans') }}
    where is_open and (date_sub('year', birth_month, census_date) < 18) is not false
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

sound as (
    select
        sound.submission_id,
        sound.period_start,
        senders.area_code
    from {{ ref('int_submissions__sound') }} as sound
    inner join senders on sound.sender = senders.sender
    where sound.feed = 'social_care'
),

statuses as (
    select distinct
        submission_id,
        person_id
    from {{ ref('social_care_spells') }}
    where is_open and status in ('CIN', 'CPP', 'CLA') and person_id is not null
)

select
    plans.plan_id,
    plans.person_id,
    plans.birth_month is not null as is_age_known,
    statuses.submission_id is not null as is_in_social_care,
    sound.submission_id as social_care_submission_id,
    plans.is_from_elsewhere,
    plans.submission_id,
    plans.sender,
    plans.source_row,
    plans.census_date
from plans
inner join senders on plans.sender = senders.sender
left join sound
    on
        senders.area_code = sound.area_code
        and date_trunc('month', plans.census_date) = sound.period_start
left join statuses
    on sound.submission_id = statuses.submission_id and plans.person_id = statuses.person_id
