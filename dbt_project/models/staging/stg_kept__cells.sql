with

kept as (
    select * from {{ source('kept', 'cells') }}
)

select * from kept
