with

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

-- `Higher` and `Lower` are read against what the plan prints as the start: the cell marked as the
-- baseline, else the newest historic one.
baselines as (
    select
        statement,
        metric_number,
        target_value as baseline_value,
        raw as baseline_raw,
        period_end as baseline_period_end
    from cells
    where target_value is not null and (is_baseline or kind = 'historic')
    qualify row_number() over (
        partition by statement, metric_number
        order by is_baseline desc, period_end desc
    ) = 1
),

targets as (
    select
        cells.indicator_id,
        cells.statement,
        cells.metric_number,
        cells.metric,
        cells.raw,
        cells.operator as target_operator,
        cells.target_value,
        baselines.baseline_raw,
        baselines.baseline_value,
        baselines.baseline_period_end,
        -- An indicator of two statements has one target.
        row_number() over (
            partition by cells.indicator_id
            order by cells.statement, cells.metric_number
        ) = 1 as is_first
    from cells
    left join baselines using (statement, metric_number)
    where cells.kind = 'target'
)

select * from targets
