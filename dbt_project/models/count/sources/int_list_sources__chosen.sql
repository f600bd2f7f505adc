with

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

months as (
    select * from {{ ref('int_months__covered') }}
),

due_months as (
    select * from {{ ref('stg_run__due_months') }}
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

-- The delivery that is due next tells of the months since the one before: of a monthly feed, each
-- of its own month.
awaited as (
    select
        feeds.feed,
        months.period_start,
        min(due_months.period_start) as due_month
    from feeds
    inner join due_months on feeds.feed = due_months.feed
    inner join months
        on
            due_months.period_start >= months.period_start
            and date_diff('month', months.period_start, due_months.period_start)
            <= feeds.flow_look_back_months
    group by feeds.feed, months.period_start
),

-- A later delivery holds late entries, for as long as senders keep what is closed; the first one
-- tells of the months before it too. A delivery without a row of the list speaks of its own month
-- and of those that wait for it, and only where the list is owed.
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
        owed.feed,
        owed.sender,
        owed.list,
        owed.submission_id,
        owed.known_on,
        owed.period_start as delivery_month,
        told.period_start,
        told.period_end
    from owed
    inner join owed as told
        on
            owed.feed = told.feed
            and owed.sender = told.sender
            and owed.list = told.list
    left join awaited
        on
            told.feed = awaited.feed
            and told.period_start = awaited.period_start
    where
        owed.submission_id is not null
        and owed.period_start in (told.period_start, awaited.due_month)
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

-- Where no delivery tells what happened in a month, the month's own reason comes first, then that
-- of the delivery that should tell of it. Not due it is while the next one is.
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
                then
                    coalesce(
                        nullif(stocks.stock_gap, 'not_due'),
                        due_stocks.stock_gap,
                        'withheld:' || flows.newest_rule,
                        stocks.stock_gap
                    )
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
    left join awaited
        on
            stocks.feed = awaited.feed
            and stocks.period_start = awaited.period_start
    left join stocks as due_stocks
        on
            stocks.feed = due_stocks.feed
            and stocks.sender = due_stocks.sender
            and stocks.list = due_stocks.list
            and awaited.due_month = due_stocks.period_start
)

select * from chosen
