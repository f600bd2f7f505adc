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

figures as (
    select * from {{ ref('indicator_values') }}
    where
        basis = 'local'
        and period_type in ('month', 'cumulative')
        and breakdown = 'all'
        and area_code = '{{ var("local_area") }}'
),

-- What a cell asks for: a number, or more or less than at the start.
asked as (
    select
        cells.*,
        if(
            cells.operator in ('higher', 'lower'), targets.baseline_value, cells.target_value
        ) as asked_value,
        statements.title as statement_title,
        figures.value as actual_value,
        figures.value_status as actual_status
    from cells
    left join statements on cells.statement = statements.statement
    left join targets
        on
            cells.statement = targets.statement
            and cells.metric_number = targets.metric_number
    left join figures
        on
            cells.indicator_id = figures.indicator_id
            and cells.period_end = figures.period_end
            and coalesce(cells.is_cumulative, false) = (figures.period_type = 'cumulative')
),

-- A historic cell reports; it asks for nothing.
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
            kind = 'historic',
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
        statement_title
    from asked
)

select * from improvement_plan
