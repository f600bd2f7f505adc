with

notes as (
    select * from {{ source('commentary', 'notes') }}
)

select * from notes
