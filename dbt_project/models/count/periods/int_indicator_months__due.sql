with

indicators as (
    select
        indicator_id,
        unnest(string_split(fed_by, '; ')) as feed
    from {{ ref('int_indicators__adopted') }}
),

due_months as (
    select * from {{ ref('stg_run__due_months') }}
),

due as (
    select distinct
        indicators.indicator_id,
        due_months.period_start
    from indicators
    inner join due_months on indicators.feed = due_months.feed
)

select * from due
