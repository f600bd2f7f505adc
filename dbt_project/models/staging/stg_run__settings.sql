with

submissions as (
    select * from {{ source('run', 'run') }}
),

settings as (
    select distinct
        release_id,
        release_month,
        revision,
        is_synthetic,
        generation,
        last_day(cast(release_month || '-01' as date)) as period_end,
        as_at
    from submissions
)

select * from settings
