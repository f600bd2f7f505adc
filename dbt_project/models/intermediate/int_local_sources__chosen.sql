with

feeds as (
    select * from {{ ref('feeds') }}
    -- Therapy lists are owed service by service: int_service_lists__expected.
    where feed != 'therapy_ptl'
),

months as (
    select * from {{ ref('int_months__reported') }}
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

sound as (
    select * from {{ ref('int_submissions__sound') }}
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

-- From its first delivery on, a sender owes one every month.
owed as (
    select
        first_deliveries.feed,
        first_deliveries.sender,
        true as has_history,
        months.period_start,
        months.period_end
    from first_deliveries
    inner join months on first_deliveries.first_month <= months.period_start
),

-- Someone known who was refused before anything was used; a code that nobody has owes nothing.
newcomers as (
    select
        refused.feed,
        refused.sender,
        false as has_history,
        months.period_start,
        months.period_end
    from refused
    inner join senders on refused.sender = senders.sender and senders.is_known
    inner join months on refused.period_start = months.period_start
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

-- A later snapshot holds late entries, for as long as senders keep what is closed. A nil return
-- speaks of its own month only.
flows as (
    select
        expected.feed,
        expected.sender,
        expected.period_start,
        max_by(sound.submission_id, sound.period_start) as submission_id,
        max_by(sound.known_on, sound.period_start) as known_on
    from expected
    inner join feeds on expected.feed = feeds.feed
    inner join sound
        on
            expected.feed = sound.feed
            and expected.sender = sound.sender
            and expected.period_start <= sound.period_start
            and date_diff('month', expected.period_start, sound.period_start)
            <= feeds.flow_look_back_months
    where sound.rows_kept is distinct from 0 or expected.period_start = sound.period_start
    group by expected.feed, expected.sender, expected.period_start
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
        stocks.feed,
        stocks.sender,
        stocks.submission_id as stock_submission_id,
        stocks.gap as stock_gap,
        stocks.rule_id as stock_rule,
        flows.submission_id as flow_submission_id,
        case
            when flows.submission_id is null
                then coalesce(stocks.gap, 'withheld:' || stocks.rule_id)
        end as flow_gap,
        stocks.has_history,
        stocks.period_start,
        stocks.period_end,
        stocks.known_on as stock_known_on,
        flows.known_on as flow_known_on
    from stocks
    left join flows
        on
            stocks.feed = flows.feed
            and stocks.sender = flows.sender
            and stocks.period_start = flows.period_start
)

select * from chosen
