with

kept as (
    select * from {{ source('kept', 'submissions') }}
)

select * from kept
