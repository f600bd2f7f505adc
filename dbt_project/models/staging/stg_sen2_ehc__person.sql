with

person as (
    select * from {{ source('sen2_ehc', 'person') }}
)

select * from person
