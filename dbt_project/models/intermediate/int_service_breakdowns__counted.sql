with

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

breakdowns as (
    select
        'wait_band' as breakdown,
        band as breakdown_value
    from wait_bands
    where part_of is null
    union all
    select
        'age_band' as breakdown,
        band as breakdown_value
    from age_bands
),

waits as (
    select
        service_waits.submission_id,
        service_waits.service,
        service_waits.wait_band,
        age_bands.band as age_band
    from service_waits
    inner join age_bands
        on
            service_waits.age_at_census >= age_bands.from_age
            and service_waits.age_at_census
            <= coalesce(age_bands.to_age, service_waits.age_at_census)
    where service_waits.is_waiting
),

counted as (
    select
        placed.area_code,
        placed.service,
        breakdowns.breakdown,
        breakdowns.breakdown_value,
        placed.period_start,
        count(waits.submission_id) as waiting_count
    from placed
    cross join breakdowns
    left join waits
        on
            placed.stock_submission_id = waits.submission_id
            and placed.service = waits.service
            and breakdowns.breakdown_value
            = if(breakdowns.breakdown = 'wait_band', waits.wait_band, waits.age_band)
    where placed.stock_submission_id is not null
    group by all
)

select * from counted
