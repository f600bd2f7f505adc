with

due_months as (
    select * from {{ ref('stg_run__due_months') }}
),

listed_senders as (
    select * from {{ ref('int_senders__listed') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

months as (
    select * from {{ ref('int_months__reported') }}
),

calendar as (
    select * from {{ ref('int_days__described') }}
),

-- A feed that no listed sender has delivered yet is not in use: nobody is late with it.
in_use as (
    select
        submissions.feed,
        min(submissions.period_start) as first_month
    from submissions
    semi join listed_senders
        on
            submissions.feed = listed_senders.feed
            and submissions.sender = listed_senders.sender
    group by submissions.feed
),

-- Invented organisations stand in no list: each owes from its first delivery on.
unlisted as (
    select
        submissions.feed,
        submissions.sender,
        min(submissions.period_start) as first_day,
        date '9999-12-31' as last_day
    from submissions
    anti join listed_senders
        on
            submissions.feed = listed_senders.feed
            and submissions.sender = listed_senders.sender
    where submissions.verdict = 'used'
    group by submissions.feed, submissions.sender
),

owing as (
    select
        listed_senders.feed,
        listed_senders.sender,
        greatest(listed_senders.first_day, in_use.first_month) as first_day,
        listed_senders.last_day
    from listed_senders
    inner join in_use on listed_senders.feed = in_use.feed
    union all by name
    select * from unlisted
),

due_days as (
    select
        date_trunc('month', date) - interval 1 month as month_start,
        date as due_on
    from calendar
    where working_day_of_month = {{ parameter('due_working_day') }}
),

due as (
    select
        owing.feed,
        owing.sender,
        months.period_start,
        due_days.due_on
    from owing
    inner join due_months on owing.feed = due_months.feed
    inner join months
        on
            due_months.period_start = months.period_start
            and owing.first_day <= months.period_end
            and owing.last_day >= months.period_start
    left join due_days on months.period_start = due_days.month_start
)

select * from due
