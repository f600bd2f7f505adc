with

due as (
    select * from {{ ref('int_deliveries__due') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
    where verdict in ('used', 'superseded', 'refused', 'held')
),

feeds as (
    select * from {{ ref('stg_run__local_feeds') }}
),

sender_names as (
    select
        feed,
        sender,
        any_value(name order by name) as name
    from {{ ref('senders') }}
    group by feed, sender
),

area_names as (
    select * from {{ ref('int_areas__named') }}
),

findings as (
    select * from {{ ref('quality_findings') }}
    where basis = 'local'
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

came as (
    select submissions.*
    from submissions
    semi join feeds on submissions.feed = feeds.feed
),

counted as (
    select
        feed,
        sender,
        period_start,
        min(known_on) as arrived_on,
        min(known_on) filter (where verdict in ('used', 'superseded')) as accepted_on,
        count(*) as submission_count,
        count(*) filter (where verdict in ('used', 'superseded')) as accepted_count,
        count(*) filter (where verdict = 'refused') as refused_count
    from came
    group by feed, sender, period_start
),

-- The month shows the used submission, else a refused one, else the newest.
speaking as (
    select *
    from came
    qualify row_number() over (
        partition by feed, sender, period_start
        order by
            verdict = 'used' desc,
            verdict = 'refused' desc,
            known_on desc,
            submission_seq desc,
            submission_id desc
    ) = 1
),

told as (
    select
        coalesce(due.feed, counted.feed) as feed,
        coalesce(due.sender, counted.sender) as sender,
        coalesce(due.period_start, counted.period_start) as period_start,
        due.feed is not null as is_due,
        due.due_on,
        counted.arrived_on,
        counted.accepted_on,
        coalesce(counted.submission_count, 0) as submission_count,
        greatest(coalesce(counted.accepted_count, 0) - 1, 0) as correction_count,
        coalesce(counted.refused_count, 0) as refused_count
    from due
    full join counted
        on
            due.feed = counted.feed
            and due.sender = counted.sender
            and due.period_start = counted.period_start
),

found as (
    select
        dataset as feed,
        org_code as sender,
        period_end,
        count(distinct finding_id) as finding_count
    from findings
    group by dataset, org_code, period_end
),

feed_scorecard as (
    select
        told.feed,
        told.sender,
        strftime(told.period_start, '%Y-%m') as month,
        feeds.title as feed_title,
        coalesce(sender_names.name, area_names.area_name, told.sender) as sender_name,
        last_day(told.period_start) as period_end,
        told.is_due,
        told.due_on,
        told.arrived_on,
        told.accepted_on,
        told.submission_count,
        told.correction_count,
        told.refused_count,
        coalesce(speaking.verdict, 'not_received') as verdict,
        speaking.submission_id,
        speaking.rows_landed,
        speaking.rows_kept,
        speaking.rows_quarantined,
        speaking.rows_discarded,
        100 * speaking.rows_quarantined / nullif(speaking.rows_landed, 0) as quarantine_pct,
        coalesce(found.finding_count, 0) as finding_count,
        coalesce(coalesce(told.accepted_on, settings.as_at) > told.due_on, false) as is_late,
        case
            when told.accepted_on > told.due_on
                then date_diff('day', told.due_on, told.accepted_on)
            when told.accepted_on <= told.due_on then 0
        end as days_late
    from told
    cross join settings
    left join feeds on told.feed = feeds.feed
    left join speaking
        on
            told.feed = speaking.feed
            and told.sender = speaking.sender
            and told.period_start = speaking.period_start
    left join sender_names
        on told.feed = sender_names.feed and told.sender = sender_names.sender
    left join area_names on told.sender = area_names.area_code
    left join found
        on
            told.feed = found.feed
            and told.sender = found.sender
            and last_day(told.period_start) = found.period_end
)

select * from feed_scorecard
