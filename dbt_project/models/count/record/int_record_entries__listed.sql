-- One row per entry of the warehouse's own record of a month in which something came. It is read
-- like a delivery of counts: `submission_id` names the record of the month, which nobody sends.
with

feeds as (
    select * from {{ ref('stg_run__local_feeds') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

due as (
    select * from {{ ref('int_deliveries__due') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

indicators as (
    select
        indicator_id,
        service,
        unnest(string_split(fed_by, '; ')) as feed
    from {{ ref('int_indicators__adopted') }}
    where starts_with(cadence, 'monthly') and measure is distinct from 'published_only'
),

lists as (
    select * from {{ ref('int_lists__owed') }}
),

registered as (
    select * from {{ ref('int_lists__registered') }}
),

scorecards as (
    select * from {{ ref('stg_service_scorecard__measures') }}
),

people as (
    select * from {{ ref('int_people__delivered') }}
),

came as (
    select submissions.*
    from submissions
    semi join feeds on submissions.feed = feeds.feed
    where submissions.verdict in ('used', 'superseded', 'refused')
),

records as (
    select
        'record of ' || period as submission_id,
        period_start,
        period_end as census_date
    from came
    where verdict = 'used'
    group by all
),

accepted as (
    select
        feed,
        sender,
        period_start,
        min(known_on) as accepted_on,
        any_value(submission_id) filter (where verdict = 'used') as submission_id
    from came
    where verdict != 'refused'
    group by all
),

-- A delivery whose day has not come by the as-at date is neither in time nor late.
deliveries as (
    select
        due.feed,
        due.sender,
        due.period_start,
        accepted.submission_id,
        coalesce(accepted.accepted_on <= due.due_on, false) as is_on_time
    from due
    cross join settings
    left join accepted
        on
            due.feed = accepted.feed
            and due.sender = accepted.sender
            and due.period_start = accepted.period_start
    where due.due_on <= settings.as_at
),

-- The measures that a service owes for the month, and whether its scorecard has a row of each.
stated as (
    select
        deliveries.sender,
        deliveries.period_start,
        registered.list,
        scorecards.source_row is not null as is_stated
    from deliveries
    inner join registered
        on
            deliveries.feed = registered.feed
            and deliveries.sender = registered.only_sender
            and deliveries.period_start between registered.first_day and registered.last_day
            and (
                registered.due_months is null
                or list_contains(
                    string_split(registered.due_months, '; '),
                    cast(month(deliveries.period_start) as varchar)
                )
            )
    left join scorecards
        on
            deliveries.submission_id = scorecards.submission_id
            and registered.list = scorecards.scorecard_measure
),

complete as (
    select
        sender,
        period_start,
        bool_and(is_stated) as is_complete
    from stated
    group by sender, period_start
),

-- Whoever owes a list of the indicator for the month sent it in time, with a row of it where the
-- rows are measures of a scorecard. A feed that is not in use is expected of nobody.
populated as (
    select
        indicators.indicator_id,
        deliveries.period_start,
        bool_and(deliveries.is_on_time and coalesce(stated.is_stated, true)) filter (
            where lists.feed is not null
        ) as is_populated
    from indicators
    inner join deliveries on indicators.feed = deliveries.feed
    left join lists
        on
            deliveries.feed = lists.feed
            and deliveries.sender = lists.sender
            and deliveries.period_start = lists.period_start
            and (lists.list = '' or lists.list = coalesce(indicators.service, lists.list))
    left join stated
        on
            deliveries.sender = stated.sender
            and deliveries.period_start = stated.period_start
            and lists.list = stated.list
    group by indicators.indicator_id, deliveries.period_start
),

-- A month's delivery is the one that is used, else the one that was refused, with all its rows.
standing as (
    select *
    from came
    qualify row_number() over (
        partition by feed, sender, period_start
        order by verdict = 'used' desc, verdict = 'refused' desc, known_on desc, submission_id desc
    ) = 1
),

identified as (
    select
        submissions.feed,
        submissions.sender,
        submissions.period_start,
        count(*) filter (where coalesce(people.nhs_id, people.upn_id) is not null) as numerator,
        count(*) as denominator
    from people
    inner join submissions on people.submission_id = submissions.submission_id
    group by submissions.feed, submissions.sender, submissions.period_start
),

entries as (
    select
        'delivery' as entry,
        feed || ' ' || sender as about,
        period_start,
        if(is_on_time, 1, 0) as numerator,
        1 as denominator
    from deliveries
    union all
    select
        'scorecard' as entry,
        deliveries.sender as about,
        deliveries.period_start,
        if(deliveries.is_on_time and complete.is_complete, 1, 0) as numerator,
        1 as denominator
    from deliveries
    inner join complete
        on
            deliveries.sender = complete.sender
            and deliveries.period_start = complete.period_start
    where deliveries.feed = 'service_scorecard'
    union all
    select
        'dashboard measure' as entry,
        indicator_id as about,
        period_start,
        if(coalesce(is_populated, false), 1, 0) as numerator,
        1 as denominator
    from populated
    union all
    select
        'rows' as entry,
        feed || ' ' || sender as about,
        period_start,
        coalesce(if(verdict = 'refused', rows_landed, rows_quarantined), 0) as numerator,
        coalesce(rows_landed, 0) as denominator
    from standing
    union all
    select
        'identifiers' as entry,
        feed || ' ' || sender as about,
        period_start,
        numerator,
        denominator
    from identified
)

select
    records.submission_id,
    'record' as sender,
    entries.entry,
    entries.about,
    row_number() over (
        partition by records.submission_id
        order by entries.entry, entries.about
    ) as source_row,
    cast(entries.numerator as bigint) as numerator,
    cast(entries.denominator as bigint) as denominator,
    records.census_date
from records
inner join entries on records.period_start = entries.period_start
