with

activeplans as (
    select * from {{ source('sen2_ehc', 'activeplans') }}
)

select * from activeplans
