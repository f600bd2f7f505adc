-- The figures that a ratio of two indicators is made of. What an indicator counts over a period is
-- its figure of that period. A position has no figure of a longer period: its month ends are used.
with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

ratios as (
    select * from {{ ref('indicator_ratios') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

figures as (
    select * from {{ ref('int_local_figures__counted') }}
    where breakdown = 'all'
),

named as (
    select
        indicator_id,
        'numerator' as part,
        numerator_indicator_id as part_indicator_id
    from ratios
    union all
    select
        indicator_id,
        'denominator' as part,
        denominator_indicator_id as part_indicator_id
    from ratios
),

wanted as (
    select distinct
        named.*,
        periods.period_type,
        periods.period_start,
        periods.period_end,
        indicators.snapshot = 'month' as is_position,
        if(is_position, 'month', periods.period_type) as part_period_type,
        if(is_position, last_day(periods.month_start), periods.period_end) as part_period_end
    from named
    inner join periods on named.indicator_id = periods.indicator_id
    inner join indicators on named.part_indicator_id = indicators.indicator_id
),

-- The areas in which something is counted above the line.
areas as (
    select distinct
        wanted.indicator_id,
        wanted.period_type,
        wanted.period_end,
        figures.area_code,
        figures.area_name
    from wanted
    inner join figures
        on
            wanted.part_indicator_id = figures.indicator_id
            and wanted.part_period_type = figures.period_type
            and wanted.part_period_end = figures.period_end
    where wanted.part = 'numerator'
),

-- A month before the first of which there are figures was never received.
found as (
    select
        wanted.*,
        areas.area_code,
        areas.area_name,
        figures.numerator as amount,
        if(figures.indicator_id is null, 'not_received', figures.status_reason) as status_reason,
        figures.known_on
    from wanted
    inner join areas
        on
            wanted.indicator_id = areas.indicator_id
            and wanted.period_type = areas.period_type
            and wanted.period_end = areas.period_end
    left join figures
        on
            wanted.part_indicator_id = figures.indicator_id
            and wanted.part_period_type = figures.period_type
            and wanted.part_period_end = figures.period_end
            and areas.area_code = figures.area_code
)

select * from found
