with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
)

select * from indicators
