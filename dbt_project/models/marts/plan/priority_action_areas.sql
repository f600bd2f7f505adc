with

areas as (
    select * from {{ ref('priority_areas') }}
)

select * from areas
