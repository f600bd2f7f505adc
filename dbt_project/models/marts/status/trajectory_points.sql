with

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

points as (
    select * from {{ ref('int_plan_points__read') }}
),

reported as (
    select * from {{ ref('int_months__reported') }}
),

indicators as (
    select distinct indicator_id from cells
),

starts as (
    select min(month_start) as first_planned from points
),

bounds as (
    select
        least(starts.first_planned, min(reported.period_start)) as first_month,
        max(reported.period_start) as last_month
    from reported
    cross join starts
    group by starts.first_planned
),

months as (
    select
        cast(unnest(generate_series(first_month, last_month, interval 1 month)) as date)
            as period_start
    from bounds
),

placed as (
    select
        indicators.indicator_id,
        months.period_start,
        last_day(months.period_start) as period_end
    from indicators
    cross join months
),

-- The last point on or before each month.
passed as (
    select
        placed.indicator_id,
        placed.period_start,
        placed.period_end,
        points.statement,
        points.metric,
        points.raw,
        points.operator,
        points.target_value,
        points.is_cumulative,
        points.next_raw,
        points.next_operator,
        points.next_value,
        points.period_end as plan_period_end,
        points.next_period_end,
        date_diff('month', points.month_start, placed.period_start) as months_passed,
        date_diff('month', points.month_start, points.next_month_start) as months_between
    from placed
    asof left join points
        on
            placed.indicator_id = points.indicator_id
            and placed.period_end >= points.period_end
),

-- Between two printed figures the plan goes straight on; beside a bound the last point holds.
read as (
    select
        *,
        case
            when target_value is null then 'none'
            when months_passed = 0 then 'plan_point'
            when next_value is null then 'beyond_plan'
            when operator = '=' and next_operator = '=' then 'interpolated'
            else 'step'
        end as trajectory_read
    from passed
),

trajectory_points as (
    select
        indicator_id,
        period_end,
        period_start,
        if(trajectory_read = 'interpolated', {{ between_points() }}, target_value)
            as trajectory_value,
        trajectory_read,
        operator,
        statement,
        metric,
        raw as plan_raw,
        plan_period_end,
        if(trajectory_read = 'interpolated', next_raw, null) as next_raw,
        if(trajectory_read = 'interpolated', next_period_end, null) as next_period_end
    from read
)

select * from trajectory_points
