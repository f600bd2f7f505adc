with

expected as (
    select distinct
        sender,
        service
    from {{ ref('int_service_lists__expected') }}
),

months as (
    select * from {{ ref('int_months__covered') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

feeds as (
    select * from {{ ref('feeds') }}
    where feed = 'therapy_ptl'
),

held as (
    select distinct
        submission_id,
        service
    from {{ ref('service_waits') }}
),

withholding as (
    select * from {{ ref('int_findings__withholding') }}
    where basis = 'local'
),

-- A later snapshot holds late entries, for as long as senders keep what is closed; the first one
-- tells of the months before it too. One without any row of the service (a nil return) speaks of
-- its own month only.
candidates as (
    select
        expected.sender,
        expected.service,
        months.period_start,
        months.period_end,
        used.submission_id,
        used.known_on,
        used.period_start as snapshot_month,
        withholding.list_rule
    from expected
    cross join feeds
    inner join used
        on
            feeds.feed = used.feed
            and expected.sender = used.sender
    inner join months
        on
            used.period_start >= months.period_start
            and date_diff('month', months.period_start, used.period_start)
            <= feeds.flow_look_back_months
    left join held
        on
            used.submission_id = held.submission_id
            and expected.service = held.service
    left join withholding
        on
            used.sender = withholding.area_code
            and expected.service = withholding.service_line
            and used.period_start = withholding.period_start
    where held.submission_id is not null or used.period_start = months.period_start
),

sourced as (
    select
        sender,
        service,
        period_start,
        period_end,
        max_by(submission_id, snapshot_month) filter (where list_rule is null)
            as flow_submission_id,
        max_by(known_on, snapshot_month) filter (where list_rule is null) as flow_known_on,
        max_by(list_rule, snapshot_month) as newest_rule
    from candidates
    group by sender, service, period_start, period_end
)

select * from sourced
