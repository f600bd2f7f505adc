with

catalogue as (
    select * from {{ ref('indicator_catalogue') }}
),

adopted as (
    select * from {{ ref('adopted_indicators') }}
),

-- What the partnership did not adopt is counted nowhere.
joined as (
    select
        catalogue.*,
        adopted.owner_group,
        adopted.outcome_measures,
        adopted.priorities,
        adopted.plan_statements,
        adopted.is_headline,
        adopted.strategy_bullets,
        adopted.priority_areas
    from catalogue
    inner join adopted on catalogue.indicator_id = adopted.indicator_id
)

select * from joined
