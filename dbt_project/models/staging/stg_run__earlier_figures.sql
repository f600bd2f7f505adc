with

earlier as (
    select * from {{ source('run', 'earlier') }}
)

select * from earlier
