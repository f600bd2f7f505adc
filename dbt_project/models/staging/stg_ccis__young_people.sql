with

young_people as (
    select * from {{ source('ccis', 'young_people') }}
)

select * from young_people
