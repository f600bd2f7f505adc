with

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

counted as (
    select
        placed.area_code,
        placed.service,
        placed.period_start,
        count(service_waits.referral_id) as row_count,
        count(service_waits.exclusion_reason) as after_census_count,
        count(*) filter (where service_waits.is_waiting) as waiting_count,
        count(*) filter (
            where service_waits.is_waiting
            and service_waits.waited_days <= {{ parameter('within_18w_days') }}
        ) as within_18w_count,
        count(*) filter (
            where service_waits.is_waiting
            and service_waits.waited_days >= {{ parameter('over_52w_days') }}
        ) as over_52w_count,
        count(*) filter (
            where service_waits.is_waiting and service_waits.has_support_while_waiting
        ) as support_count,
        quantile_cont(service_waits.waited_days, 0.5) filter (where service_waits.is_waiting)
            as median_days,
        quantile_cont(service_waits.waited_days, 0.92) filter (where service_waits.is_waiting)
            as p92_days
    from placed
    left join service_waits
        on
            placed.stock_submission_id = service_waits.submission_id
            and placed.service = service_waits.service
    where placed.stock_submission_id is not null
    group by all
)

select * from counted
