with

notes as (
    select * from {{ ref('stg_commentary__notes') }}
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

-- What an invented area says is about figures of its own.
senders as (
    select * from {{ ref('int_senders__listed') }}
),

commentary as (
    select
        notes.indicator_id,
        sound.period_end,
        notes.author_role,
        notes.text,
        notes.action,
        notes.action_due_date,
        sound.sender,
        sound.submission_id,
        sound.known_on
    from notes
    inner join sound on notes.submission_id = sound.submission_id
    inner join senders on sound.feed = senders.feed and sound.sender = senders.sender
)

select * from commentary
