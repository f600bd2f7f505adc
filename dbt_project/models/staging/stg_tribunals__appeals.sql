with

appeals as (
    select * from {{ source('tribunals', 'appeals') }}
)

select * from appeals
