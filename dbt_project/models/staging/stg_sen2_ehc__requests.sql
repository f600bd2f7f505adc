with

requests as (
    select * from {{ source('sen2_ehc', 'requests') }}
)

select * from requests
