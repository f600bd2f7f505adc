with

findings as (
    select * from {{ source('run', 'findings') }}
)

select * from findings
