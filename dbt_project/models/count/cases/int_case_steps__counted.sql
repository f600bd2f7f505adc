with

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

counted as (
    select
        indicator_id,
        submission_id,
        list,
        exclusion,
        count(*) as row_count,
        count(*) filter (where in_numerator) as counted_count,
        count(*) filter (where in_denominator) as base_count,
        {{ breakdowns_carried() }} as breakdowns,
        period_start
    from cases
    group by all
)

select * from counted
