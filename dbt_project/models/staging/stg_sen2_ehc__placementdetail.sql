with

placementdetail as (
    select * from {{ source('sen2_ehc', 'placementdetail') }}
)

select * from placementdetail
