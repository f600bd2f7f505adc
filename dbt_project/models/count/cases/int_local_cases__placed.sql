with

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

sources as (
    select distinct
        indicator_id,
        area_code,
        submission_id,
        period_start
    from {{ ref('int_indicator_sources__chosen') }}
    where submission_id is not null
),

-- A delivery counts in each area that it is placed in.
placed as (
    select
        sources.area_code,
        cases.*
    from cases
    inner join sources
        on
            cases.indicator_id = sources.indicator_id
            and cases.submission_id = sources.submission_id
            and cases.period_start = sources.period_start
)

select * from placed
