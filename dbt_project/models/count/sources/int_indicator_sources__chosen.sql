with

indicators as (
    select
        * exclude (fed_by),
        unnest(string_split(fed_by, '; ')) as feed
    from {{ ref('int_indicators__adopted') }}
    where (measure in ('published_only', 'ratio_of')) is not true
),

placed as (
    select * from {{ ref('int_list_sources__placed') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

clocks as (
    {{ clocks_as_read() }}
),

parameters as (
    select * from {{ ref('parameters') }}
),

measures as (
    select * from {{ ref('int_measures__declared') }}
),

entries as (
    select * from {{ ref('int_record_entries__listed') }}
),

-- A delivery of a feed without lists is of every indicator of the feed.
concerned as (
    select
        indicators.indicator_id,
        indicators.measure,
        indicators.service,
        indicators.snapshot,
        coalesce(measures.needs_days, true) as needs_days,
        measures.mature_after,
        coalesce(measures.is_within_school_year, false) as is_within_school_year,
        placed.*
    from indicators
    left join measures on indicators.measure = measures.measure
    inner join placed
        on
            indicators.feed = placed.feed
            and (indicators.snapshot = 'newest' or placed.is_owed)
    where
        placed.list = ''
        or indicators.service is null
        or placed.list = indicators.service
),

-- What the record holds once a school year: from September on the next one stands there.
of_school_years as (
    select
        concerned.indicator_id,
        concerned.sender,
        concerned.period_start,
        max_by(sound.submission_id, sound.period_start) as submission_id,
        max_by(sound.known_on, sound.period_start) as known_on
    from concerned
    inner join sound
        on
            concerned.feed = sound.feed
            and concerned.sender = sound.sender
            and concerned.period_start <= sound.period_start
            and sound.period_start
            < make_date(year(concerned.period_start + interval 4 months), 9, 1)
    where concerned.is_within_school_year and sound.rows_kept is distinct from 0
    group by concerned.indicator_id, concerned.sender, concerned.period_start
),

limits as (
    select
        clock_id as limit_id,
        months_added,
        days_added,
        valid_from,
        valid_to
    from clocks
    union all
    select
        name as limit_id,
        0 as months_added,
        cast(value as integer) as days_added,
        date '0001-01-01' as valid_from,
        date '9999-12-31' as valid_to
    from parameters
    where unit = 'days'
),

-- The last day that a member of a month's cohort has. Where a limit changes within the month the
-- latest day holds: who came before the change may have longer.
maturing as (
    select
        months.indicator_id,
        months.period_start,
        max({{ last_day_counted('least(clocks.valid_to, months.period_end)') }}) as matures_on
    from (
        select distinct
            indicator_id,
            mature_after,
            period_start,
            period_end
        from concerned
    ) as months
    inner join limits as clocks
        on
            months.mature_after = clocks.limit_id
            and months.period_start <= clocks.valid_to
            and months.period_end >= clocks.valid_from
    group by months.indicator_id, months.period_start
),

-- A finding about the bands of a list withholds only what needs days. A cohort has a figure once
-- its last member has had the whole time by the day of the snapshot: a case that is still open says
-- nothing.
sourced as (
    select
        concerned.indicator_id,
        concerned.measure,
        concerned.service,
        concerned.area_code,
        concerned.area_name,
        concerned.feed,
        concerned.sender,
        concerned.list,
        if(
            concerned.snapshot = 'month',
            concerned.stock_submission_id,
            coalesce(of_school_years.submission_id, concerned.flow_submission_id)
        ) as submission_id,
        case
            when concerned.snapshot = 'month'
                then if(concerned.needs_days, concerned.days_gap, concerned.stock_gap)
            when maturing.matures_on > used.period_end then 'not_mature'
            else concerned.flow_gap
        end as gap,
        if(concerned.snapshot = 'month', concerned.days_gap, concerned.flow_gap) as bands_gap,
        if(
            concerned.snapshot = 'month',
            concerned.stock_known_on,
            coalesce(of_school_years.known_on, concerned.flow_known_on)
        ) as known_on,
        concerned.period_start,
        concerned.period_end
    from concerned
    left join used on concerned.flow_submission_id = used.submission_id
    left join maturing
        on
            concerned.indicator_id = maturing.indicator_id
            and concerned.period_start = maturing.period_start
    left join of_school_years
        on
            concerned.indicator_id = of_school_years.indicator_id
            and concerned.sender = of_school_years.sender
            and concerned.period_start = of_school_years.period_start
),

records as (
    select distinct
        submission_id,
        sender,
        cast(date_trunc('month', census_date) as date) as period_start,
        census_date as period_end
    from entries
),

-- The record of a month is known with its last delivery.
recorded as (
    select
        indicators.indicator_id,
        indicators.measure,
        indicators.service,
        area_names.area_code,
        area_names.area_name,
        indicators.feed,
        records.sender,
        '' as list,
        records.submission_id,
        cast(null as varchar) as gap,
        cast(null as varchar) as bands_gap,
        max(used.known_on) as known_on,
        records.period_start,
        records.period_end
    from indicators
    cross join records
    cross join area_names
    inner join used on records.period_start = used.period_start
    where indicators.feed = 'record'
    group by all
),

united as (
    select * from sourced
    union all
    select * from recorded
)

select * from united
