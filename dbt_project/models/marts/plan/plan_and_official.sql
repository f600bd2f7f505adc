with

meanings as (
    select * from {{ ref('plan_meanings') }}
),

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

latest as (
    select * from {{ ref('indicator_latest') }}
    where area_code = '{{ var("local_area") }}'
),

measures as (
    select distinct
        statement,
        metric_number,
        metric
    from cells
),

plan_and_official as (
    select
        measures.statement,
        measures.metric_number,
        measures.metric,
        meanings.basis,
        meanings.indicator_id,
        cast(meanings.sort_order as bigint) as sort_order,
        meanings.meaning,
        latest.period_type,
        latest.period_start,
        latest.period_end,
        latest.value,
        latest.unit
    from meanings
    inner join measures on meanings.metric_number = measures.metric_number
    left join latest
        on meanings.indicator_id = latest.indicator_id and meanings.basis = latest.basis
)

select * from plan_and_official
