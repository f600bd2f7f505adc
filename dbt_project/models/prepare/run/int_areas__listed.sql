with

national as (
    select * from {{ ref('area_names') }}
),

local_areas as (
    select * from {{ ref('local_areas') }}
),

listed as (
    select * from national
    union all by name
    select * from local_areas
)

select * from listed
