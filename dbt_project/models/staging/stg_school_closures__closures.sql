with

closures as (
    select * from {{ source('school_closures', 'closures') }}
)

select * from closures
