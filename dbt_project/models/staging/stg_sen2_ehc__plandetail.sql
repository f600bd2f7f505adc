with

plandetail as (
    select * from {{ source('sen2_ehc', 'plandetail') }}
)

select * from plandetail
