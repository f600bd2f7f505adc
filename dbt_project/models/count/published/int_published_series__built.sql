with

matched as (
    select * from {{ ref('int_published_series__matched') }}
),

cells as (
    select * from matched
    where is_chosen
),

periods as (
    select * from {{ ref('int_official_periods__ranked') }}
    where not is_replaced
),

series as (
    select * from {{ ref('publication_series') }}
    where is_figure
),

ended_series as (
    select * from {{ ref('ended_series') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
),

declared as (
    select
        series_id,
        count(*) filter (where role = 'numerator') as numerators,
        count(*) filter (where role = 'denominator') as denominators,
        count(*) filter (where role = 'value') as shares
    from {{ ref('published_measures') }}
    group by series_id
),

-- One figure printed twice is one; two different ones for one thing are none.
components as (
    select
        series_id,
        indicator_id,
        priority,
        dataset,
        role,
        position,
        period_type,
        area_code,
        any_value(published_name) as published_name,
        min(submission_id) as submission_id,
        min(value) as value,
        any_value(symbol) as symbol,
        any_value(status_text) as status_text,
        min(withheld_by) as withheld_by,
        string_agg(distinct noted_by, ' ' order by noted_by) as noted_by,
        case
            when count(distinct coalesce(cast(value as varchar), value_text)) > 1
                then if(count(distinct submission_id) > 1, 'OFF-EDITION', 'OFF-ROW')
        end as contradicted_by,
        period_start,
        period_end,
        any_value(known_on) as known_on
    from cells
    group by all
),

summed as (
    select
        series_id,
        indicator_id,
        priority,
        dataset,
        period_type,
        area_code,
        any_value(published_name) as published_name,
        min(submission_id) as submission_id,
        min_by(symbol, position) filter (where symbol is not null) as symbol,
        min_by(status_text, position) filter (where value is null) as status_text,
        sum(value) filter (where role = 'numerator') as numerator,
        sum(value) filter (where role = 'denominator') as denominator,
        sum(value) filter (where role = 'value') as share,
        count(value) filter (where role = 'numerator') as numerators,
        count(value) filter (where role = 'denominator') as denominators,
        count(value) filter (where role = 'value') as shares,
        min(withheld_by) filter (where role != 'value') as parts_withheld_by,
        min(withheld_by) filter (where role = 'value') as share_withheld_by,
        string_agg(distinct noted_by, ' ' order by noted_by) as noted_by,
        min(contradicted_by) as contradicted_by,
        period_start,
        period_end,
        any_value(known_on) as known_on
    from components
    group by all
),

-- The parts where all of them are printed, else the share as printed.
shaped as (
    select
        summed.* replace (if(summed.shares = declared.shares, summed.share, null) as share),
        indicators.unit,
        declared.numerators > 0
        and summed.numerators = declared.numerators
        and summed.denominators = declared.denominators as has_parts,
        split_part(
            if(has_parts, summed.parts_withheld_by, summed.share_withheld_by), ' ', 1
        ) as withheld_by
    from summed
    inner join declared on summed.series_id = declared.series_id
    inner join indicators on summed.indicator_id = indicators.indicator_id
),

judged as (
    select
        *,
        case
            when contradicted_by is not null then 'withheld:' || contradicted_by
            when withheld_by is not null then 'withheld:' || withheld_by
            when
                has_parts
                and (
                    numerator < 0
                    or numerator > denominator and unit = 'pct'
                    or numerator != floor(numerator) and unit = 'count'
                )
                then 'withheld:OFF-VALUE'
            when not has_parts and share not between 0 and 100 then 'withheld:OFF-VALUE'
            when not has_parts and share is null then 'publisher:' || coalesce(symbol, 'text')
        end as status_reason
    from shaped
    where has_parts or share is not null or symbol is not null or status_text is not null
),

figures as (
    select
        *,
        case
            when status_reason is null then 'value'
            when starts_with(status_reason, 'withheld:') then 'not_available'
            when symbol = 'low' then 'low'
            when status_text ilike '%suppress%' then 'suppressed'
            when status_text ilike '%not applicable%' then 'not_applicable'
            else 'not_available'
        end as value_status
    from judged
),

printed as (
    select
        *,
        case
            when value_status = 'value' and has_parts and unit = 'pct'
                then 100 * numerator / nullif(denominator, 0)
            when value_status = 'value' and has_parts then numerator
            when value_status = 'value' then share
        end as printed
    from figures
),

-- Two series that print one thing may differ by what rounding to a decimal place explains.
compared as (
    select
        *,
        coalesce(
            max(printed) over same - min(printed) over same > if(unit = 'count', 0.5, 0.06), false
        ) as is_printed_twice,
        min(printed) over same as least_printed,
        max(printed) over same as most_printed
    from printed
    window same as (partition by indicator_id, period_type, area_code, period_start, period_end)
),

-- Where two series give one figure, the first that prints it.
preferred as (
    select * from compared
    qualify row_number() over (
        partition by indicator_id, period_type, area_code, period_start, period_end
        order by
            value_status != 'value' and not starts_with(status_reason, 'withheld:'),
            priority
    ) = 1
),

-- From when on an edition has printed the series, or its list says that editions have ceased to;
-- a table may hold the March of one column and the September of another.
begun as (
    select
        series.series_id,
        least(
            min(matched.period_end) filter (where matched.role != 'denominator'),
            any_value(ended_series.printed_until) + 1
        ) as begun_on,
        list_append(
            list_distinct(
                list(month(matched.period_end)) filter (where matched.role != 'denominator')
            ),
            month(any_value(ended_series.printed_until))
        ) as end_months
    from series
    left join matched on series.series_id = matched.series_id
    left join ended_series on series.series_id = ended_series.series_id
    group by series.series_id
),

-- All columns of the series are there, whatever stands in them.
printed_now as (
    select
        components.series_id,
        components.period_type,
        components.period_start,
        components.period_end
    from components
    inner join declared on components.series_id = declared.series_id
    group by all
    having
        count(distinct components.position) filter (where components.role != 'value')
        = any_value(declared.numerators + declared.denominators)
        and any_value(declared.numerators) > 0
        or count(distinct components.position) filter (where components.role = 'value')
        = any_value(declared.shares)
        and any_value(declared.shares) > 0
),

-- A table that goes on without the series: each of its areas has a row that says so.
ended as (
    select
        series.series_id,
        series.indicator_id,
        series.priority,
        series.dataset,
        periods.period_type,
        unnest(periods.areas) as area_code,
        periods.submission_id,
        'not_available' as value_status,
        'withheld:OFF-ENDED' as status_reason,
        false as has_parts,
        periods.period_start,
        periods.period_end,
        periods.known_on
    from series
    inner join begun on series.series_id = begun.series_id
    inner join periods
        on
            series.dataset = periods.dataset
            and series.source_table = periods.source_table
            and series.period_type = periods.period_type
            and begun.begun_on <= periods.period_end
            and list_contains(begun.end_months, month(periods.period_end))
    anti join printed_now
        on
            series.series_id = printed_now.series_id
            and periods.period_type = printed_now.period_type
            and periods.period_start = printed_now.period_start
            and periods.period_end = printed_now.period_end
),

missed as (
    select ended.* from ended
    anti join preferred
        on
            ended.indicator_id = preferred.indicator_id
            and ended.period_type = preferred.period_type
            and ended.area_code = preferred.area_code
            and ended.period_start = preferred.period_start
            and ended.period_end = preferred.period_end
    qualify row_number() over (
        partition by
            ended.indicator_id,
            ended.period_type,
            ended.area_code,
            ended.period_start,
            ended.period_end
        order by ended.priority, ended.submission_id
    ) = 1
),

shown as (
    select * from preferred
    union all by name
    select * from missed
),

built as (
    select
        shown.indicator_id,
        'published' as basis,
        shown.period_type,
        shown.area_code,
        'all' as breakdown,
        'all' as breakdown_value,
        shown.series_id,
        shown.submission_id,
        coalesce(area_names.area_name, shown.published_name, shown.area_code) as area_name,
        shown.dataset as source_feed,
        shown.value_status,
        shown.status_reason,
        shown.has_parts,
        case when shown.has_parts then shown.numerator end as numerator,
        case when shown.has_parts then shown.denominator end as denominator,
        case when not shown.has_parts then shown.share end as published_value,
        nullif(
            concat_ws(
                ' ', shown.noted_by, case when shown.is_printed_twice then 'OFF-TWICE' end
            ),
            ''
        ) as noted_by,
        shown.least_printed,
        shown.most_printed,
        shown.period_start,
        shown.period_end,
        shown.known_on
    from shown
    left join area_names on shown.area_code = area_names.area_code
)

select * from built
