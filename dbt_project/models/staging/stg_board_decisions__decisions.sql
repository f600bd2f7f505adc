with

decisions as (
    select * from {{ source('board_decisions', 'decisions') }}
)

select * from decisions
