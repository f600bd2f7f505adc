with

due_months as (
    select * from {{ source('run', 'due_months') }}
)

select * from due_months
