with

published as (
    select * from {{ ref('int_published_lists__pivoted') }}
),

expected as (
    select * from {{ ref('int_service_lists__expected') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

published_lists as (
    select
        'published' as basis,
        period,
        period_end,
        geo_level as org_level,
        org_code,
        org_name,
        org_key,
        service_line,
        case
            when total is not null then 'value'
            when total_symbol = 'blank' then 'blank'
            else 'suppressed'
        end as status,
        total,
        band_0_7,
        band_8_14,
        band_15_28,
        band_29_84,
        band_85_126,
        band_127_364,
        band_365_728,
        band_729_plus,
        band_365_plus,
        cast(null as bigint) as lost_count
    from published
),

waits as (
    select
        service_waits.submission_id,
        service_waits.service,
        service_waits.wait_band,
        coalesce(finer.band, service_waits.wait_band) as finest_band
    from service_waits
    left join wait_bands as finer
        on
            service_waits.wait_band = finer.part_of
            and service_waits.waited_days >= finer.from_day
            and service_waits.waited_days <= coalesce(finer.to_day, service_waits.waited_days)
    where service_waits.is_waiting
),

counts as (
    select
        submission_id,
        service,
        count(*) as total,
        count(*) filter (where finest_band = '0-7') as band_0_7,
        count(*) filter (where finest_band = '8-14') as band_8_14,
        count(*) filter (where finest_band = '15-28') as band_15_28,
        count(*) filter (where finest_band = '29-84') as band_29_84,
        count(*) filter (where finest_band = '85-126') as band_85_126,
        count(*) filter (where finest_band = '127-364') as band_127_364,
        count(*) filter (where finest_band = '365-728') as band_365_728,
        count(*) filter (where finest_band = '729+') as band_729_plus,
        count(*) filter (where wait_band = '365+') as band_365_plus
    from waits
    group by submission_id, service
),

-- Who waited in the list before and is in this one neither waiting nor closed (rule TP2).
lost as (
    select
        expected.stock_submission_id as submission_id,
        before.service,
        count(*) as lost_count
    from expected
    inner join service_waits as before
        on
            expected.sender = before.sender
            and expected.service = before.service
            and before.census_date = expected.period_start - interval 1 day
            and before.is_waiting
    anti join service_waits as now
        on
            expected.stock_submission_id = now.submission_id
            and before.referral_id = now.referral_id
    where expected.stock_submission_id is not null
    group by expected.stock_submission_id, before.service
),

-- A delivered list without anyone waiting is a list of nought, not a missing one.
local_lists as (
    select
        'local' as basis,
        strftime(expected.period_start, '%Y-%m') as period,
        expected.period_end,
        'provider' as org_level,
        expected.sender as org_code,
        senders.sender_name as org_name,
        expected.sender as org_key,
        expected.service as service_line,
        'value' as status,
        coalesce(counts.total, 0) as total,
        coalesce(counts.band_0_7, 0) as band_0_7,
        coalesce(counts.band_8_14, 0) as band_8_14,
        coalesce(counts.band_15_28, 0) as band_15_28,
        coalesce(counts.band_29_84, 0) as band_29_84,
        coalesce(counts.band_85_126, 0) as band_85_126,
        coalesce(counts.band_127_364, 0) as band_127_364,
        coalesce(counts.band_365_728, 0) as band_365_728,
        coalesce(counts.band_729_plus, 0) as band_729_plus,
        coalesce(counts.band_365_plus, 0) as band_365_plus,
        coalesce(lost.lost_count, 0) as lost_count
    from expected
    inner join senders on expected.sender = senders.sender
    left join counts
        on
            expected.stock_submission_id = counts.submission_id
            and expected.service = counts.service
    left join lost
        on
            expected.stock_submission_id = lost.submission_id
            and expected.service = lost.service
    where expected.stock_submission_id is not null
),

united as (
    select * from published_lists
    union all
    select * from local_lists
)

select * from united
