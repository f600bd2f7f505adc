with

coverage as (
    select * from {{ ref('coverage') }}
    where kind = 'evidence'
),

strategy_bullets as (
    select
        promise_id as bullet_id,
        part_of as outcome_measure,
        text,
        indicator_count,
        with_figure_count,
        sort_order,
        indicator_ids,
        status_reason
    from coverage
)

select * from strategy_bullets
