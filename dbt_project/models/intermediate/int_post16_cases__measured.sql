with

sources as (
    select * from {{ ref('int_local_sources__chosen') }}
    where feed = 'ccis'
),

periods as (
    select * from {{ ref('int_periods__reported') }}
    where period_type in ('month', 'dec_feb')
),

post16_status as (
    select * from {{ ref('post16_status') }}
),

-- The position at the end of each month of the period.
positions as (
    select
        post16_status.*,
        sources.feed,
        periods.period_type,
        periods.period_start,
        periods.period_end
    from periods
    inner join sources on sources.period_start between periods.period_start and periods.period_end
    inner join post16_status on sources.stock_submission_id = post16_status.submission_id
),

measured as (
    select
        'neet_nk_16_17_pct' as indicator_id,
        feed,
        sender,
        submission_id,
        source_row,
        period_type,
        period_start,
        period_end,
        exclusion_reason as exclusion,
        counts_in_denominator and coalesce(position in ('neet', 'not_known'), false)
            as in_numerator,
        counts_in_denominator as in_denominator,
        cast(null as double) as quantity,
        cast(null as varchar) as sex,
        cast(null as varchar) as age_band,
        cast(null as varchar) as primary_need,
        cast(null as varchar) as setting_type,
        cast(null as varchar) as wait_band
    from positions
)

select * from measured
