with

outcomes as (
    select * from {{ ref('outcomes') }}
),

bullets as (
    select * from {{ ref('strategy_bullets') }}
),

indicators as (
    select
        indicator_id,
        unnest(string_split(outcome_measures, '; ')) as outcome_measure
    from {{ ref('indicators') }}
),

with_figure as (
    select distinct indicator_id
    from {{ ref('indicator_latest') }}
    where area_code = '{{ var("local_area") }}' and value is not null
),

bullets_counted as (
    select
        outcome_measure,
        count(*) as bullet_count,
        count(*) filter (where with_figure_count > 0) as bullet_with_figure_count
    from bullets
    group by outcome_measure
),

indicators_counted as (
    select
        indicators.outcome_measure,
        count(*) as indicator_count,
        count(with_figure.indicator_id) as with_figure_count
    from indicators
    left join with_figure on indicators.indicator_id = with_figure.indicator_id
    group by indicators.outcome_measure
),

outcome_measures as (
    select
        outcomes.outcome_measure,
        cast(outcomes.sort_order as bigint) as sort_order,
        outcomes.table_name,
        coalesce(bullets_counted.bullet_count, 0) as bullet_count,
        coalesce(bullets_counted.bullet_with_figure_count, 0) as bullet_with_figure_count,
        coalesce(indicators_counted.indicator_count, 0) as indicator_count,
        coalesce(indicators_counted.with_figure_count, 0) as with_figure_count
    from outcomes
    left join bullets_counted on outcomes.outcome_measure = bullets_counted.outcome_measure
    left join indicators_counted
        on outcomes.outcome_measure = indicators_counted.outcome_measure
)

select * from outcome_measures
