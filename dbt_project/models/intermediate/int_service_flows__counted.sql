with

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

events as (
    select
        placed.area_code,
        placed.service,
        placed.period_start,
        service_waits.referral_id,
        service_waits.signposted_date,
        coalesce(
            service_waits.first_contact_date between placed.period_start and placed.period_end,
            false
        ) as is_completed,
        coalesce(
            service_waits.outcome = 'not_accepted'
            and service_waits.referral_outcome_date
            between placed.period_start and placed.period_end,
            false
        ) as is_not_accepted,
        date_diff(
            'day', service_waits.referral_received_date, service_waits.first_contact_date
        ) as completed_days
    from placed
    left join service_waits
        on
            placed.flow_submission_id = service_waits.submission_id
            and placed.service = service_waits.service
            and service_waits.exclusion_reason is null
    where placed.flow_submission_id is not null
),

counted as (
    select
        area_code,
        service,
        period_start,
        count(referral_id) as row_count,
        count(*) filter (where is_completed) as completed_count,
        count(*) filter (where is_not_accepted) as not_accepted_count,
        count(signposted_date) filter (where is_not_accepted) as signposted_count,
        quantile_cont(completed_days, 0.5) filter (where is_completed) as completed_median_days
    from events
    group by area_code, service, period_start
)

select * from counted
