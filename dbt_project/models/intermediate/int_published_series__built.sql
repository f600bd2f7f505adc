with

cells as (
    select * from {{ ref('int_published_series__matched') }}
),

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

area_names as (
    select * from {{ ref('area_names') }}
    where valid_to is null
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
        any_value(submission_id) as submission_id,
        min(value) as value,
        any_value(symbol) as symbol,
        any_value(status_text) as status_text,
        min(withheld_by) as withheld_by,
        string_agg(distinct noted_by, ' ' order by noted_by) as noted_by,
        count(distinct coalesce(cast(value as varchar), value_text)) > 1 as is_contradicted,
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
        any_value(submission_id) as submission_id,
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
        bool_or(is_contradicted) as is_contradicted,
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
            when is_contradicted then 'withheld:OFF-ROW'
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
    -- A column that an edition has lost leaves nothing to say; the restatements say so.
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

built as (
    select
        preferred.indicator_id,
        'published' as basis,
        preferred.period_type,
        preferred.area_code,
        'all' as breakdown,
        'all' as breakdown_value,
        preferred.series_id,
        preferred.submission_id,
        coalesce(area_names.area_name, preferred.published_name) as area_name,
        preferred.dataset as source_feed,
        preferred.value_status,
        preferred.status_reason,
        preferred.has_parts,
        case when preferred.has_parts then preferred.numerator end as numerator,
        case when preferred.has_parts then preferred.denominator end as denominator,
        case when not preferred.has_parts then preferred.share end as published_value,
        nullif(
            concat_ws(
                ' ', preferred.noted_by, case when preferred.is_printed_twice then 'OFF-TWICE' end
            ),
            ''
        ) as noted_by,
        preferred.least_printed,
        preferred.most_printed,
        preferred.period_start,
        preferred.period_end,
        preferred.known_on
    from preferred
    left join area_names on preferred.area_code = area_names.area_code
)

select * from built
