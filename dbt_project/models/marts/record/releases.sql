with

earlier as (
    select * from {{ ref('stg_run__releases') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

figures as (
    select * from {{ ref('indicator_values') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

this_one as (
    select
        release_id,
        release_month,
        revision,
        as_at,
        (
            select coalesce(bool_or(figures.is_provisional), false) from figures
        ) as is_provisional,
        (select count(*) from used) as submissions
    from settings
),

releases as (
    select * from earlier
    union all by name
    select * from this_one
)

select * from releases
