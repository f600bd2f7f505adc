with

settings as (
    select * from {{ ref('stg_run__settings') }}
),

plan_points as (
    select * from {{ ref('improvement_plan_cells') }}
    where kind = 'trajectory' and target_value is not null
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

figures as (
    select * from {{ ref('int_figures__united') }}
    where
        basis = 'local'
        and period_type = 'month'
        and breakdown = 'all'
        and area_code = '{{ var("local_area") }}'
),

inputs as (
    select * from {{ ref('int_figure_inputs__listed') }}
),

-- A metric of two statements has one trajectory.
next_points as (
    select
        plan_points.indicator_id,
        plan_points.unit,
        plan_points.direction,
        plan_points.operator,
        plan_points.target_value,
        settings.period_end,
        plan_points.period_end as horizon_date,
        date_diff('month', settings.period_end, plan_points.period_end) as months_ahead
    from plan_points
    inner join settings on plan_points.period_end > settings.period_end
    qualify
        row_number() over (
            partition by plan_points.indicator_id
            order by plan_points.period_end, plan_points.statement, plan_points.metric_number
        ) = 1
),

-- The month of the release is 0, the one before it -1.
recent as (
    select
        figures.*,
        next_points.period_end as release_end,
        date_diff('month', next_points.period_end, figures.period_end) as month_number
    from next_points
    inner join figures
        on
            next_points.indicator_id = figures.indicator_id
            and next_points.period_end >= figures.period_end
            and date_diff('month', figures.period_end, next_points.period_end)
            < {{ parameter('course_points') }}
),

newest as (
    select
        indicator_id,
        status_reason
    from recent
    where month_number = 0
),

-- Added up in the order of the months, so that no last digit depends on chance.
summed as (
    select
        indicator_id,
        count(*) as months_counted,
        sum(month_number) as sum_x,
        sum(month_number * month_number) as sum_xx,
        sum(value order by month_number) as sum_y,
        sum(month_number * value order by month_number) as sum_xy,
        max(known_on) as known_on
    from recent
    where value is not null
    group by indicator_id
),

-- Least squares.
fitted as (
    select
        *,
        (months_counted * sum_xy - sum_x * sum_y) / (months_counted * sum_xx - sum_x * sum_x)
            as slope,
        sum_x / months_counted as mean_x,
        sum_xx - sum_x * sum_x / months_counted as spread_x
    from summed
    where months_counted = {{ parameter('course_points') }}
),

lined as (
    select
        *,
        sum_y / months_counted - slope * mean_x as level
    from fitted
),

errors as (
    select
        recent.indicator_id,
        sum(
            (recent.value - lined.level - lined.slope * recent.month_number)
            * (recent.value - lined.level - lined.slope * recent.month_number)
            order by recent.month_number
        ) as squared_error
    from lined
    inner join recent on lined.indicator_id = recent.indicator_id
    group by recent.indicator_id
),

submissions as (
    select
        recent.indicator_id,
        string_agg(distinct inputs.submission_id, ' ' order by inputs.submission_id)
            as submission_ids
    from recent
    inner join inputs using ({{ figure_key() | join(', ') }})
    group by recent.indicator_id
),

projected as (
    select
        next_points.*,
        newest.status_reason as newest_reason,
        newest.indicator_id is not null as is_fed,
        coalesce(summed.months_counted, 0) as months_counted,
        lined.level + lined.slope * next_points.months_ahead as value,
        2 * sqrt(
            errors.squared_error / (lined.months_counted - 2)
            * (
                1
                + 1 / lined.months_counted
                + (next_points.months_ahead - lined.mean_x)
                * (next_points.months_ahead - lined.mean_x)
                / lined.spread_x
            )
        ) as margin,
        case when next_points.unit = 'pct' then 100 end as most,
        submissions.submission_ids,
        summed.known_on
    from next_points
    left join newest on next_points.indicator_id = newest.indicator_id
    left join summed on next_points.indicator_id = summed.indicator_id
    left join lined on next_points.indicator_id = lined.indicator_id
    left join errors on next_points.indicator_id = errors.indicator_id
    left join submissions on next_points.indicator_id = submissions.indicator_id
),

-- No line leads a share out of 0 to 100, or a number of people below zero.
bounded as (
    select
        * replace (case when value is not null then least(greatest(value, 0), most) end as value),
        case when value is not null then least(greatest(value - margin, 0), most) end as low,
        case when value is not null then least(greatest(value + margin, 0), most) end as high
    from projected
),

forecasts as (
    select
        'course' as kind,
        area_names.area_code,
        area_names.area_name,
        bounded.indicator_id as subject,
        bounded.period_end,
        bounded.horizon_date,
        case
            when bounded.value is not null then null
            when not bounded.is_fed then 'no_feed'
            else coalesce(bounded.newest_reason, 'not_mature')
        end as status_reason,
        bounded.value,
        bounded.low,
        bounded.high,
        bounded.months_counted,
        bounded.submission_ids,
        bounded.known_on,
        bounded.indicator_id,
        bounded.unit,
        bounded.operator as target_operator,
        bounded.target_value,
        case
            when bounded.value is null then 'too_few_points'
            when
                {{ is_met(
                    'bounded.value', 'bounded.operator', 'bounded.target_value', 'bounded.direction'
                ) }}
                then 'on_course'
            else 'off_course'
        end as reading
    from bounded
    cross join area_names
)

select * from forecasts
