with

promises as (
    select * from {{ ref('int_promises__linked') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

latest as (
    select * from {{ ref('indicator_latest') }}
    where area_code = '{{ var("local_area") }}'
),

submissions as (
    select * from {{ ref('submissions') }}
    where verdict in ('used', 'superseded')
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

received as (
    select
        submissions.feed,
        max(last_day(cast(submissions.month || '-01' as date))) as last_month_received
    from submissions
    inner join settings on submissions.month <= settings.release_month
    group by submissions.feed
),

-- A figure of our own comes first; an official one is shown where there is no other.
newest as (
    select *
    from latest
    qualify row_number() over (
        partition by indicator_id
        order by (value is not null) desc, basis asc
    ) = 1
),

linked as (
    select
        promises.*,
        indicators.indicator_id is not null as is_counted,
        coalesce(indicators.fed_by, indicators.source_feed) as fed_by,
        indicators.owner_group,
        newest.basis,
        newest.period_type,
        newest.period_start,
        newest.period_end,
        newest.value,
        newest.numerator,
        newest.denominator,
        newest.unit,
        newest.short_title,
        newest.status_reason
    from promises
    left join indicators on promises.indicator_id = indicators.indicator_id
    left join newest on indicators.indicator_id = newest.indicator_id
),

fed as (
    select distinct
        kind,
        promise_id,
        unnest(string_split(fed_by, '; ')) as feed
    from linked
),

feeds as (
    select
        fed.kind,
        fed.promise_id,
        string_agg(fed.feed, '; ' order by fed.feed) as feeds,
        string_agg(fed.feed, '; ' order by fed.feed) filter (where received.feed is null)
            as feeds_not_received,
        max(received.last_month_received) as last_month_received
    from fed
    left join received on fed.feed = received.feed
    group by fed.kind, fed.promise_id
),

counted as (
    select
        kind,
        promise_id,
        string_agg(indicator_id, '; ' order by indicator_order) as indicator_ids,
        count(indicator_id) as indicator_count,
        count(*) filter (where is_counted) as defined_count,
        count(value) as with_figure_count,
        string_agg(distinct owner_group, '; ' order by owner_group) as owner_groups
    from linked
    group by kind, promise_id
),

-- One figure stands for the promise: of the first indicator that has one. Where none has, the first
-- indicator of the catalogue says why.
shown as (
    select *
    from linked
    qualify row_number() over (
        partition by kind, promise_id
        order by (value is not null) desc, is_counted desc, indicator_order asc
    ) = 1
),

coverage as (
    select
        shown.kind,
        shown.promise_id,
        cast(shown.sort_order as bigint) as sort_order,
        shown.part_of,
        shown.text,
        counted.indicator_ids,
        counted.indicator_count,
        counted.defined_count,
        counted.with_figure_count,
        feeds.feeds,
        feeds.feeds_not_received,
        feeds.last_month_received,
        counted.owner_groups,
        shown.indicator_id,
        shown.short_title,
        shown.basis,
        shown.period_type,
        shown.period_start,
        shown.period_end,
        shown.numerator,
        shown.denominator,
        shown.value,
        shown.unit,
        if(
            shown.value is null,
            if(shown.is_counted, shown.status_reason, 'no_definition'),
            null
        ) as status_reason
    from shown
    inner join counted
        on shown.kind = counted.kind and shown.promise_id = counted.promise_id
    left join feeds
        on shown.kind = feeds.kind and shown.promise_id = feeds.promise_id
)

select * from coverage
