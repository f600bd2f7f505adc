with

previous as (
    select * from {{ source('run', 'previous') }}
)

select * from previous
