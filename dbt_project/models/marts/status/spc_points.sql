with

lines as (
    select * from {{ ref('int_spc_lines__drawn') }}
),

targets as (
    select * from {{ ref('int_plan_targets__read') }}
    where is_first
),

sided as (
    select
        *,
        {{ side_of('value', 'mean') }} as side,
        {{ outside('value', 'lower_limit', 'upper_limit') }} as outside,
        {{ outside('value', 'near_lower', 'near_upper') }} as beyond_near,
        {{ side_of('value', 'lag(value) over neighbours') }} as step
    from lines
    window
        neighbours as (
            partition by indicator_id, basis, area_code, chart, segment, stretch
            order by period_end
        )
),

-- Where a run of equal sides, or of equal steps, begins.
parted as (
    select
        *,
        beyond_near * cast(outside = 0 as integer) as close_to,
        coalesce(side != lag(side) over neighbours, true) as starts_side,
        coalesce(step != lag(step) over neighbours, true) as starts_step
    from sided
    window
        neighbours as (
            partition by indicator_id, basis, area_code, chart, segment, stretch
            order by period_end
        )
),

numbered as (
    select
        *,
        count(*) filter (where starts_side) over neighbours as side_run,
        count(*) filter (where starts_step) over neighbours as step_run,
        -- Three neighbours on one side, at least two of them close to its limit.
        abs(sum(side) over three) = 3
        and abs(sum(close_to) over three) >= 2 as ends_two_of_three
    from parted
    window
        neighbours as (
            partition by indicator_id, basis, area_code, chart, segment, stretch
            order by period_end
        ),
        three as (
            partition by indicator_id, basis, area_code, chart, segment, stretch
            order by period_end
            rows between 2 preceding and current row
        )
),

counted as (
    select
        *,
        count(*) over (
            partition by indicator_id, basis, area_code, chart, segment, stretch, side_run
        ) as side_points,
        count(*) over (
            partition by indicator_id, basis, area_code, chart, segment, stretch, step_run
        ) as steps,
        bool_or(ends_two_of_three) over (
            partition by indicator_id, basis, area_code, chart, segment, stretch
            order by period_end
            rows between current row and 2 following
        ) as is_of_two_of_three
    from numbered
),

-- A run of steps joins one point more than it has steps.
signed as (
    select
        *,
        if(side_points >= {{ parameter('shift_n') }}, side, 0) as shift,
        if(steps + 1 >= {{ parameter('trend_n') }}, step, 0) as step_trend,
        if(is_of_two_of_three, close_to, 0) as two_of_three
    from counted
),

-- The point from which a trend sets out belongs to it.
joined as (
    select
        *,
        coalesce(
            nullif(step_trend, 0),
            lead(step_trend) over (
                partition by indicator_id, basis, area_code, chart, segment, stretch
                order by period_end
            ),
            0
        ) as trend
    from signed
),

-- Limits of their own in every month leave nothing to be close to, nor steps to compare.
ruled as (
    select
        *,
        case
            when mean is null then 'none'
            when chart = 'p' then {{ strongest_rule('outside', '0', '0', 'shift') }}
            else {{ strongest_rule('outside', 'trend', 'two_of_three', 'shift') }}
        end as spc_rule
    from joined
),

meant as (
    select
        *,
        if(
            mean is null, 'none', {{ variation('spc_rule', towards(), 'direction') }}
        ) as variation
    from ruled
),

-- Only local figures of the local area have a target.
assured as (
    select
        meant.*,
        {{ assurance(
            'targets.target_value', 'lower_limit', 'upper_limit', 'direction'
        ) }} as assurance
    from meant
    left join targets
        on
            meant.indicator_id = targets.indicator_id
            and meant.basis = 'local'
            and meant.area_code = '{{ var("local_area") }}'
            and meant.chart = 'xmr'
),

spc_points as (
    select
        indicator_id,
        basis,
        area_code,
        period_end,
        chart,
        period_start,
        numerator,
        denominator,
        value,
        mean as spc_mean,
        lower_limit as spc_lower,
        upper_limit as spc_upper,
        near_lower,
        near_upper,
        moving_range,
        mean_moving_range,
        moving_range_limit,
        spc_rule,
        spc_reason,
        variation,
        assurance,
        segment,
        is_baseline,
        process_change
    from assured
)

select * from spc_points
