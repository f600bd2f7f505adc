with

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

statements as (
    select * from {{ ref('plan_statements') }}
),

targets as (
    select * from {{ ref('int_plan_targets__read') }}
),

trajectory_points as (
    select * from {{ ref('trajectory_points') }}
),

-- What is counted since September only has no figure of a month: the year so far is its figure.
figures as (
    select * from {{ ref('indicator_values') }}
    where
        basis = 'local'
        and period_type in ('month', 'ytd', 'cumulative')
        and breakdown = 'all'
        and area_code = '{{ var("local_area") }}'
    qualify row_number() over (
        partition by indicator_id, period_end, period_type = 'cumulative'
        order by if(period_type = 'month', 1, 2)
    ) = 1
),

-- The plan prints a measure's months in one column each; its target stands for its last month.
measures as (
    select
        statement,
        metric_number,
        metric,
        indicator_id,
        unit,
        direction,
        is_cumulative,
        max(period_end) as plan_end,
        bool_or(kind = 'trajectory' and target_value is not null) as has_points
    from cells
    group by all
),

begun as (
    select min(period_end) as plan_begin
    from cells
    where kind = 'trajectory'
),

-- A month for which the plan prints no cell, up to the month of the release.
between_cells as (
    select
        measures.statement,
        measures.metric_number,
        measures.metric,
        measures.indicator_id,
        measures.unit,
        measures.direction,
        measures.is_cumulative,
        'month' as kind,
        strftime(trajectory_points.period_end, '%m/%y') as plan_column,
        trajectory_points.period_end,
        false as is_baseline,
        case
            when trajectory_points.period_end > measures.plan_end then 'no_longer_planned'
            when not measures.has_points then 'only_watched'
            when trajectory_points.trajectory_read = 'none' then 'before_first_point'
            else 'between_points'
        end as planned_as,
        if(
            trajectory_points.period_end <= measures.plan_end,
            trajectory_points.trajectory_value,
            null
        ) as planned_value
    from measures
    cross join begun
    inner join trajectory_points
        on
            measures.indicator_id = trajectory_points.indicator_id
            and begun.plan_begin <= trajectory_points.period_end
    anti join cells
        on
            measures.statement = cells.statement
            and measures.metric_number = cells.metric_number
            and trajectory_points.period_end = cells.period_end
            and cells.kind = 'trajectory'
),

printed as (
    select
        *,
        'printed' as planned_as,
        if(kind = 'historic', null, target_value) as planned_value
    from cells
),

planned as (
    select * from printed
    union all by name
    select * from between_cells
),

-- What a cell asks for: a number, or more or less than at the start.
asked as (
    select
        planned.*,
        if(
            planned.operator in ('higher', 'lower'), targets.baseline_value, planned.target_value
        ) as asked_value,
        statements.title as statement_title,
        statements.replaced_month,
        statements.replaced_by,
        figures.value as actual_value,
        figures.value_status as actual_status,
        figures.period_type as actual_period_type
    from planned
    left join statements on planned.statement = statements.statement
    left join targets
        on
            planned.statement = targets.statement
            and planned.metric_number = targets.metric_number
    left join figures
        on
            planned.indicator_id = figures.indicator_id
            and planned.period_end = figures.period_end
            and coalesce(planned.is_cumulative, false) = (figures.period_type = 'cumulative')
),

-- A historic cell reports and a month without a cell asks for nothing. A count of the year so far
-- is set against no cell: the plan does not say of which months its number is.
improvement_plan as (
    select
        statement,
        metric,
        indicator_id,
        kind,
        period_end,
        raw,
        operator,
        target_value,
        actual_value,
        if(
            kind in ('historic', 'month') or actual_period_type = 'ytd',
            null,
            {{ is_met('actual_value', 'operator', 'asked_value', 'direction') }}
        ) as is_met,
        metric_number,
        plan_column,
        unit,
        direction,
        is_cumulative,
        is_baseline,
        if(operator in ('higher', 'lower'), asked_value, null) as baseline_value,
        actual_status,
        reading,
        statement_title,
        planned_as,
        planned_value,
        replaced_month,
        replaced_by,
        actual_period_type
    from asked
)

select * from improvement_plan
