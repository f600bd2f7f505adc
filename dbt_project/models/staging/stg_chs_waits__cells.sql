with

cells as (
    select * from {{ source('chs_waits', 'cells') }}
)

select * from cells
