with

notes as (
    select * from {{ ref('stg_commentary__notes') }}
),

scorecards as (
    select * from {{ ref('stg_service_scorecard__measures') }}
    where comment is not null
),

measures as (
    select * from {{ ref('scorecard_measures') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
    where fed_by = 'service_scorecard'
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

-- What an invented area says is about figures of its own.
senders as (
    select * from {{ ref('int_senders__listed') }}
),

-- What a service says of a number on its scorecard is said of the indicator.
comments as (
    select
        notes.submission_id,
        notes.indicator_id,
        notes.author_role,
        notes.text,
        notes.action,
        notes.action_due_date
    from notes
    union all
    select
        scorecards.submission_id,
        indicators.indicator_id,
        coalesce(scorecards.owner_role, measures.owner_role) as author_role,
        scorecards.comment as text,
        cast(null as varchar) as action,
        cast(null as date) as action_due_date
    from scorecards
    inner join measures
        on
            scorecards.scorecard_measure = measures.code
            and scorecards.sender = measures.sender
    inner join indicators on scorecards.scorecard_measure = indicators.service
),

-- A note of the same role on the same month says more.
commentary as (
    select
        comments.indicator_id,
        sound.period_end,
        comments.author_role,
        comments.text,
        comments.action,
        comments.action_due_date,
        sound.sender,
        sound.submission_id,
        sound.known_on
    from comments
    inner join sound on comments.submission_id = sound.submission_id
    inner join senders on sound.feed = senders.feed and sound.sender = senders.sender
    qualify row_number() over (
        partition by
            comments.indicator_id, sound.period_end, comments.author_role, sound.sender
        order by sound.feed = 'commentary' desc
    ) = 1
)

select * from commentary
