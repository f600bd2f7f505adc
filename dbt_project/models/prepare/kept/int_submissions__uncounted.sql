with

keyed as (
    select * from {{ ref('int_submissions__keyed') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

register as (
    select * from {{ ref('stg_kept__submissions') }}
),

found as (
    select
        keyed.*,
        register.parts_key is not null as is_kept
    from keyed
    left join register on keyed.parts_key = register.parts_key
),

-- Each month another kept one is counted again and must give the same.
drawn as (
    select found.parts_key
    from found
    cross join settings
    where found.is_kept
    order by sha256(found.parts_key || settings.release_month)
    limit 1
),

-- What was kept of the same sender and month, under other keys.
before as (
    select
        feed,
        sender,
        period_start,
        list(lake_sha256) as lake_hashes
    from register
    group by feed, sender, period_start
),

uncounted as (
    select
        found.*,
        case
            when found.is_kept then 'compared'
            when list_contains(before.lake_hashes, found.lake_sha256) then 'rests on what changed'
            when before.feed is not null then 'corrected'
            else 'new'
        end as reason
    from found
    left join drawn on found.parts_key = drawn.parts_key
    left join before
        on
            found.feed = before.feed
            and found.sender = before.sender
            and found.period_start = before.period_start
    where not found.is_kept or drawn.parts_key is not null
)

select * from uncounted
