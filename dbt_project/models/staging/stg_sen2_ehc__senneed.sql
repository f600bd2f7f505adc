with

senneed as (
    select * from {{ source('sen2_ehc', 'senneed') }}
)

select * from senneed
