with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
    where measure is distinct from 'published_only'
),

cadences as (
    select * from {{ ref('cadences') }}
),

periods as (
    select * from {{ ref('int_periods__reported') }}
),

area_names as (
    select * from {{ ref('area_names') }}
    where valid_to is null
),

sources as (
    select * from {{ ref('int_case_sources__placed') }}
),

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

-- The local area has a row for every indicator and period, whoever delivered.
cells as (
    select
        indicators.indicator_id,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        area_names.area_code,
        area_names.area_name
    from indicators
    inner join cadences on indicators.cadence = cadences.cadence
    inner join periods on cadences.period_type = periods.period_type
    cross join area_names
    where
        area_names.area_code = '{{ var("local_area") }}'
        and indicators.source_feed not in ('therapy_ptl', 'chs_waits')
    union
    select
        indicator_id,
        period_type,
        period_start,
        period_end,
        area_code,
        area_name
    from sources
),

-- Nobody computes an indicator without a measure: that is not the same as nobody to count.
judged as (
    select
        cells.*,
        case
            when any_value(indicators.measure) is null then 'no_definition'
            when bool_or(sources.gap = 'delivery_refused') then 'delivery_refused'
            when
                bool_or(sources.gap = 'not_received')
                or count(distinct sources.snapshot_month)
                <= date_diff('month', min(cells.period_start), min(cells.period_end))
                then 'not_received'
            else min(sources.gap)
        end as status_reason,
        max(sources.known_on) as known_on
    from cells
    inner join indicators on cells.indicator_id = indicators.indicator_id
    left join sources
        on
            cells.indicator_id = sources.indicator_id
            and cells.period_type = sources.period_type
            and cells.period_start = sources.period_start
            and cells.area_code = sources.area_code
    group by all
),

-- What no row of an indicator carries is no breakdown of it; what some lack is 'unknown'.
carried as (
    select
        indicator_id,
        count(sex) > 0 as has_sex,
        count(age_band) > 0 as has_age_band,
        count(primary_need) > 0 as has_primary_need,
        count(setting_type) > 0 as has_setting_type,
        count(wait_band) > 0 as has_wait_band
    from cases
    group by indicator_id
),

placed_cases as (
    select
        sources.area_code,
        cases.indicator_id,
        cases.period_type,
        cases.period_start,
        cases.in_numerator,
        cases.in_denominator,
        cases.quantity,
        if(carried.has_sex, coalesce(cases.sex, 'unknown'), '') as sex,
        if(carried.has_age_band, coalesce(cases.age_band, 'unknown'), '') as age_band,
        if(carried.has_primary_need, coalesce(cases.primary_need, 'unknown'), '') as primary_need,
        if(carried.has_setting_type, coalesce(cases.setting_type, 'unknown'), '') as setting_type,
        if(carried.has_wait_band, coalesce(cases.wait_band, 'unknown'), '') as wait_band
    from cases
    inner join carried on cases.indicator_id = carried.indicator_id
    inner join sources
        on
            cases.indicator_id = sources.indicator_id
            and cases.period_type = sources.period_type
            and cases.period_start = sources.period_start
            and cases.submission_id = sources.submission_id
    where cases.exclusion is null
),

counted as (
    select
        indicator_id,
        area_code,
        period_type,
        period_start,
        case
            when grouping(sex) = 0 then 'sex'
            when grouping(age_band) = 0 then 'age_band'
            when grouping(primary_need) = 0 then 'primary_need'
            when grouping(setting_type) = 0 then 'setting_type'
            when grouping(wait_band) = 0 then 'wait_band'
            else 'all'
        end as breakdown,
        coalesce(sex, age_band, primary_need, setting_type, wait_band, 'all') as breakdown_value,
        count(*) filter (where in_numerator) as numerator,
        count(*) filter (where in_denominator) as denominator,
        quantile_cont(quantity, 0.5) as quantile_days
    from placed_cases
    group by
        grouping sets (
            (indicator_id, area_code, period_type, period_start),
            (indicator_id, area_code, period_type, period_start, sex),
            (indicator_id, area_code, period_type, period_start, age_band),
            (indicator_id, area_code, period_type, period_start, primary_need),
            (indicator_id, area_code, period_type, period_start, setting_type),
            (indicator_id, area_code, period_type, period_start, wait_band)
        )
),

-- A value that some figure of the indicator has is a nought where nobody has it.
shown as (
    select
        indicator_id,
        'all' as breakdown,
        'all' as breakdown_value
    from indicators
    union
    select
        indicator_id,
        breakdown,
        breakdown_value
    from counted
    where breakdown_value != ''
),

figures as (
    select
        judged.indicator_id,
        'local' as basis,
        judged.period_type,
        judged.period_start,
        judged.period_end,
        judged.area_code,
        judged.area_name,
        shown.breakdown,
        shown.breakdown_value,
        indicators.source_feed,
        case when indicators.unit in ('count', 'pct') then coalesce(counted.numerator, 0) end
            as numerator,
        case when indicators.unit != 'count' then coalesce(counted.denominator, 0) end
            as denominator,
        counted.quantile_days,
        case when judged.status_reason is null then 'value' else 'not_available' end
            as value_status,
        judged.status_reason,
        judged.known_on
    from judged
    inner join indicators on judged.indicator_id = indicators.indicator_id
    inner join shown
        on
            judged.indicator_id = shown.indicator_id
            and (
                shown.breakdown = 'all'
                or judged.status_reason is null
                or starts_with(judged.status_reason, 'withheld:')
            )
    left join counted
        on
            judged.indicator_id = counted.indicator_id
            and judged.area_code = counted.area_code
            and judged.period_type = counted.period_type
            and judged.period_start = counted.period_start
            and shown.breakdown = counted.breakdown
            and shown.breakdown_value = counted.breakdown_value
)

select * from figures
