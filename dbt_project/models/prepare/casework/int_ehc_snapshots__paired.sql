with

used as (
    select * from {{ ref('stg_run__used') }}
    where
        feed in (
            'sen2_ehc', 'annual_reviews', 'ehc_advice', 'tribunals', 'transition', 'social_care'
        )
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

snapshots as (
    select
        used.submission_id,
        used.feed,
        used.sender,
        senders.area_code,
        used.period_end
    from used
    inner join senders on used.sender = senders.sender
),

others as (
    select snapshots.*
    from snapshots
    semi join sound on snapshots.submission_id = sound.submission_id
),

-- Of one council, whoever in it sends: case numbers of two councils may be the same. Never newer
-- than the snapshot itself, so that it tells what was known at its census date; and sound.
paired as (
    select
        snapshots.submission_id,
        others.feed as other_feed,
        others.sender as other_sender,
        max_by(others.submission_id, others.period_end) as other_submission_id
    from snapshots
    inner join others
        on
            snapshots.area_code = others.area_code
            and snapshots.feed != others.feed
            and snapshots.period_end >= others.period_end
    group by snapshots.submission_id, others.feed, others.sender
)

select * from paired
