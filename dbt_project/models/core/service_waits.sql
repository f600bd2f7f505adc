with

referrals as (
    select * from {{ ref('stg_therapy_ptl__referrals') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

snapshots as (
    select
        referrals.*,
        used.sender,
        used.period_end as census_date
    from referrals
    inner join used on referrals.submission_id = used.submission_id
),

-- The earliest of the ways off the list; least() passes over the dates that are missing.
clocks as (
    select
        *,
        least(
            first_contact_date,
            clock_stop_date,
            discharge_date,
            case when referral_outcome = 'not_accepted' then referral_outcome_date end
        ) as stopped_date
    from snapshots
),

measured as (
    select
        *,
        referral_received_date <= census_date
        and (stopped_date is null or stopped_date > census_date) as is_waiting,
        date_diff('day', referral_received_date, least(census_date, stopped_date)) as waited_days
    from clocks
),

service_waits as (
    select
        measured.referral_id,
        measured.person_id,
        measured.service,
        coalesce(measured.provider_code, measured.sender) as provider_code,
        measured.census_date,
        measured.referral_received_date,
        measured.stopped_date as clock_stop_date,
        measured.is_waiting,
        measured.waited_days,
        wait_bands.band as wait_band,
        coalesce(
            measured.support_offered_date > measured.referral_received_date
            and measured.support_offered_date <= measured.census_date
            and measured.last_family_contact_date <= measured.census_date
            and date_diff('day', measured.last_family_contact_date, measured.census_date)
            <= {{ parameter('recent_contact_days') }},
            false
        ) as has_support_while_waiting,
        measured.referral_outcome as outcome,
        measured.signposted_date,
        case
            when measured.referral_received_date > measured.census_date
                then 'received_after_census'
        end as exclusion_reason,
        measured.submission_id,
        measured.sender,
        measured.source_row,
        measured.first_contact_date,
        measured.referral_outcome_date,
        date_sub('year', measured.birth_month, measured.census_date) as age_at_census
    from measured
    left join wait_bands
        on
            measured.is_waiting
            and wait_bands.part_of is null
            and measured.waited_days >= wait_bands.from_day
            and measured.waited_days <= coalesce(wait_bands.to_day, measured.waited_days)
)

select * from service_waits
