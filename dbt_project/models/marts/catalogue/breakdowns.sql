with

breakdowns as (
    select * from {{ ref('breakdown_values') }}
),

lists as (
    select * from {{ ref('lists') }}
),

united as (
    select * from breakdowns
    union all by name
    select
        'service' as breakdown,
        list as breakdown_value,
        label,
        sort_order
    from lists
)

select * from united
