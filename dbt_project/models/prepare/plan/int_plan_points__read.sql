with

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

-- A metric of two statements has one trajectory; the first that prints it is cited.
points as (
    select
        *,
        date_trunc('month', period_end) as month_start
    from cells
    where kind = 'trajectory' and target_value is not null
    qualify row_number() over (
        partition by indicator_id, period_end
        order by statement, metric_number
    ) = 1
),

followed as (
    select
        indicator_id,
        statement,
        metric,
        raw,
        operator,
        target_value,
        is_cumulative,
        lead(raw) over following as next_raw,
        lead(operator) over following as next_operator,
        lead(target_value) over following as next_value,
        period_end,
        lead(period_end) over following as next_period_end,
        month_start,
        lead(month_start) over following as next_month_start
    from points
    window following as (partition by indicator_id order by period_end)
)

select * from followed
