with

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

used as (
    select * from submissions
    where verdict = 'used'
)

select * from used
