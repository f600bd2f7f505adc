with

kept as (
    select * from {{ source('kept', 'cohort') }}
)

select * from kept
