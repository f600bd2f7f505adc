with

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

months as (
    select * from {{ ref('int_months__covered') }}
),

owed as (
    select * from {{ ref('int_lists__owed') }}
),

delivered as (
    select * from {{ ref('int_lists__delivered') }}
),

findings as (
    select * from {{ ref('stg_run__findings') }}
    where
        basis = 'local'
        and severity in ('withhold', 'refuse')
        and scope in ('list', 'bands')
),

known_lists as (
    select
        feed,
        sender,
        list
    from owed
    union
    select
        feed,
        sender,
        list
    from delivered
),

-- A finding without a list speaks of every list of the delivery.
withheld as (
    select
        known_lists.feed,
        known_lists.sender,
        known_lists.list,
        min(findings.rule_id) filter (where findings.scope = 'list') as list_rule,
        min(findings.rule_id) as days_rule,
        cast(findings.period || '-01' as date) as period_start
    from known_lists
    inner join findings
        on
            known_lists.feed = findings.dataset
            and known_lists.sender = findings.org_code
            and known_lists.list = coalesce(findings.service_line, known_lists.list)
    group by all
),

stocks as (
    select
        owed.*,
        coalesce(owed.gap, 'withheld:' || withheld.list_rule) as stock_gap,
        coalesce(owed.gap, 'withheld:' || coalesce(withheld.list_rule, withheld.days_rule))
            as days_gap
    from owed
    left join withheld
        on
            owed.feed = withheld.feed
            and owed.sender = withheld.sender
            and owed.list = withheld.list
            and owed.period_start = withheld.period_start
),

-- A later delivery holds late entries, for as long as senders keep what is closed; the first one
-- tells of the months before it too. A delivery without a row of the list speaks of its own month
-- only, and of that only where the list is owed.
candidates as (
    select
        delivered.feed,
        delivered.sender,
        delivered.list,
        delivered.submission_id,
        delivered.known_on,
        delivered.period_start as delivery_month,
        months.period_start,
        months.period_end
    from delivered
    inner join feeds on delivered.feed = feeds.feed
    inner join months
        on
            delivered.period_start >= months.period_start
            and date_diff('month', months.period_start, delivered.period_start)
            <= feeds.flow_look_back_months
    union
    select
        feed,
        sender,
        list,
        submission_id,
        known_on,
        period_start as delivery_month,
        period_start,
        period_end
    from owed
    where submission_id is not null
),

flows as (
    select
        candidates.feed,
        candidates.sender,
        candidates.list,
        max_by(candidates.submission_id, candidates.delivery_month)
        filter (where withheld.list_rule is null) as submission_id,
        max_by(withheld.list_rule, candidates.delivery_month) as newest_rule,
        candidates.period_start,
        candidates.period_end,
        max_by(candidates.known_on, candidates.delivery_month)
        filter (where withheld.list_rule is null) as known_on
    from candidates
    left join withheld
        on
            candidates.feed = withheld.feed
            and candidates.sender = withheld.sender
            and candidates.list = withheld.list
            and candidates.delivery_month = withheld.period_start
    group by
        candidates.feed,
        candidates.sender,
        candidates.list,
        candidates.period_start,
        candidates.period_end
),

-- Where no delivery tells what happened in a month, the month's own reason comes first.
chosen as (
    select
        coalesce(stocks.feed, flows.feed) as feed,
        coalesce(stocks.sender, flows.sender) as sender,
        coalesce(stocks.list, flows.list) as list,
        stocks.submission_id as stock_submission_id,
        stocks.stock_gap,
        stocks.days_gap,
        flows.submission_id as flow_submission_id,
        case
            when flows.submission_id is null
                then coalesce(stocks.stock_gap, 'withheld:' || flows.newest_rule)
        end as flow_gap,
        stocks.feed is not null as is_owed,
        coalesce(stocks.has_history, true) as has_history,
        coalesce(stocks.period_start, flows.period_start) as period_start,
        coalesce(stocks.period_end, flows.period_end) as period_end,
        stocks.known_on as stock_known_on,
        flows.known_on as flow_known_on
    from stocks
    full join flows
        on
            stocks.feed = flows.feed
            and stocks.sender = flows.sender
            and stocks.list = flows.list
            and stocks.period_start = flows.period_start
)

select * from chosen
