with

logged as (
    select * from {{ ref('stg_board_decisions__decisions') }}
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
    where feed = 'board_decisions'
),

-- An invented area has a Board of its own.
senders as (
    select * from {{ ref('int_senders__listed') }}
),

-- The Board keeps one log: the newest one, whoever sends it, holds all that still stands.
newest as (
    select
        sound.submission_id,
        sound.known_on
    from sound
    inner join senders on sound.feed = senders.feed and sound.sender = senders.sender
    order by sound.period_end desc, sound.known_on desc, sound.sender asc
    limit 1
),

decisions as (
    select
        logged.decision_id,
        logged.decided_on,
        logged.indicator_id,
        logged.text,
        logged.owner_role,
        logged.due_date,
        logged.status,
        newest.known_on,
        newest.submission_id
    from logged
    inner join newest on logged.submission_id = newest.submission_id
)

select * from decisions
