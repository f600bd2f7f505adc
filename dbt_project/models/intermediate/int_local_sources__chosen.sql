with

feeds as (
    select * from {{ ref('feeds') }}
    -- Therapy lists are owed service by service: int_service_lists__expected.
    where feed != 'therapy_ptl'
),

months as (
    select * from {{ ref('int_months__covered') }}
),

reported as (
    select * from months
    where is_reported
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

findings as (
    select * from {{ ref('int_findings__of_feeds') }}
),

first_deliveries as (
    select
        used.feed,
        used.sender,
        min(used.period_start) as first_month
    from used
    inner join feeds on used.feed = feeds.feed
    group by used.feed, used.sender
),

refused as (
    select distinct
        submissions.feed,
        submissions.sender,
        submissions.period_start
    from submissions
    inner join feeds on submissions.feed = feeds.feed
    anti join used
        on
            submissions.feed = used.feed
            and submissions.sender = used.sender
            and submissions.period = used.period
    where submissions.verdict = 'refused'
),

-- From its first delivery on, a sender owes one every month, to the last of its days in the list.
owed as (
    select
        first_deliveries.feed,
        first_deliveries.sender,
        true as has_history,
        reported.period_start,
        reported.period_end
    from first_deliveries
    inner join reported on first_deliveries.first_month <= reported.period_start
    anti join listed_senders
        on
            first_deliveries.feed = listed_senders.feed
            and first_deliveries.sender = listed_senders.sender
            and reported.period_start > listed_senders.last_day
),

-- Someone known who was refused before anything was used; a code that nobody has owes nothing.
newcomers as (
    select
        refused.feed,
        refused.sender,
        false as has_history,
        reported.period_start,
        reported.period_end
    from refused
    inner join senders on refused.sender = senders.sender and senders.is_known
    inner join reported on refused.period_start = reported.period_start
    left join first_deliveries
        on refused.feed = first_deliveries.feed and refused.sender = first_deliveries.sender
    where
        first_deliveries.first_month is null
        or first_deliveries.first_month > refused.period_start
),

expected as (
    select * from owed
    union all
    select * from newcomers
),

-- A later snapshot holds late entries, for as long as senders keep what is closed; the first one
-- tells of the months before it too. A nil return speaks of its own month only.
candidates as (
    select
        used.feed,
        used.sender,
        used.submission_id,
        used.known_on,
        used.period_start as snapshot_month,
        findings.rule_id,
        months.period_start,
        months.period_end
    from used
    inner join feeds on used.feed = feeds.feed
    inner join months
        on
            used.period_start >= months.period_start
            and date_diff('month', months.period_start, used.period_start)
            <= feeds.flow_look_back_months
    left join findings
        on
            used.feed = findings.feed
            and used.sender = findings.sender
            and used.period_start = findings.period_start
    where used.rows_kept is distinct from 0 or used.period_start = months.period_start
),

flows as (
    select
        feed,
        sender,
        max_by(submission_id, snapshot_month) filter (where rule_id is null) as submission_id,
        max_by(known_on, snapshot_month) filter (where rule_id is null) as known_on,
        max_by(rule_id, snapshot_month) as newest_rule,
        period_start,
        period_end
    from candidates
    group by feed, sender, period_start, period_end
),

stocks as (
    select
        expected.*,
        used.submission_id,
        case
            when refused.sender is not null then 'delivery_refused'
            when used.submission_id is null then 'not_received'
        end as gap,
        findings.rule_id,
        used.known_on
    from expected
    left join used
        on
            expected.feed = used.feed
            and expected.sender = used.sender
            and expected.period_start = used.period_start
    left join refused
        on
            expected.feed = refused.feed
            and expected.sender = refused.sender
            and expected.period_start = refused.period_start
    left join findings
        on
            used.feed = findings.feed
            and used.sender = findings.sender
            and used.period_start = findings.period_start
),

chosen as (
    select
        coalesce(stocks.feed, flows.feed) as feed,
        coalesce(stocks.sender, flows.sender) as sender,
        stocks.submission_id as stock_submission_id,
        stocks.gap as stock_gap,
        stocks.rule_id as stock_rule,
        flows.submission_id as flow_submission_id,
        case
            when flows.submission_id is null
                then
                    coalesce(
                        stocks.gap, 'withheld:' || coalesce(stocks.rule_id, flows.newest_rule)
                    )
        end as flow_gap,
        coalesce(stocks.has_history, true) as has_history,
        stocks.period_start is not null as is_owed,
        coalesce(stocks.period_start, flows.period_start) as period_start,
        coalesce(stocks.period_end, flows.period_end) as period_end,
        stocks.known_on as stock_known_on,
        flows.known_on as flow_known_on
    from stocks
    full join flows
        on
            stocks.feed = flows.feed
            and stocks.sender = flows.sender
            and stocks.period_start = flows.period_start
)

select * from chosen
