with

named_alike as (
    select * from {{ ref('plan_official_names') }}
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
        metric,
        indicator_id,
        unit
    from cells
),

plan_and_official as (
    select
        measures.statement,
        measures.metric_number,
        measures.metric,
        measures.indicator_id,
        measures.unit,
        named_alike.plan_meaning,
        ours.period_type,
        ours.period_start,
        ours.period_end,
        ours.value,
        named_alike.official_indicator_id,
        named_alike.official_meaning,
        official.unit as official_unit,
        official.period_type as official_period_type,
        official.period_start as official_period_start,
        official.period_end as official_period_end,
        official.value as official_value
    from named_alike
    inner join measures on named_alike.metric_number = measures.metric_number
    left join latest as ours
        on measures.indicator_id = ours.indicator_id and ours.basis = 'local'
    left join latest as official
        on
            named_alike.official_indicator_id = official.indicator_id
            and official.basis = 'published'
)

select * from plan_and_official
