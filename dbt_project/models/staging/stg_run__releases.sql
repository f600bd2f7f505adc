with

releases as (
    select * from {{ source('run', 'releases') }}
)

select * from releases
