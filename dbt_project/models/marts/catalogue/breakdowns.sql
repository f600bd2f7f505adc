with

breakdowns as (
    select * from {{ ref('breakdown_values') }}
)

select * from breakdowns
