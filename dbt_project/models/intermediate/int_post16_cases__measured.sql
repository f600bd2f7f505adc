with

sources as (
    select distinct
        indicator_id,
        submission_id,
        period_type,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'ccis'
),

post16_status as (
    select * from {{ ref('post16_status') }}
),

-- The position at the end of each month of the period.
measured as (
    select
        sources.indicator_id,
        post16_status.sender,
        sources.submission_id,
        'young_people' as source_table,
        post16_status.source_row,
        sources.period_type,
        sources.period_start,
        sources.period_end,
        post16_status.exclusion_reason as exclusion,
        post16_status.counts_in_denominator
        and coalesce(post16_status.position in ('neet', 'not_known'), false) as in_numerator,
        post16_status.counts_in_denominator as in_denominator
    from sources
    inner join post16_status on sources.submission_id = post16_status.submission_id
    where sources.indicator_id = 'neet_nk_16_17_pct'
)

select * from measured
