with

series as (
    select * from {{ ref('publication_series') }}
),

measures as (
    select * from {{ ref('published_measures') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

parts as (
    select
        series_id,
        string_agg(distinct breakdown_pattern, ' | ' order by breakdown_pattern)
            as breakdown_pattern,
        string_agg(measure, ' + ' order by measure) filter (where role = 'numerator') as numerator,
        string_agg(measure, ' + ' order by measure) filter (where role = 'denominator')
            as denominator,
        string_agg(measure, ' + ' order by measure) filter (where role = 'value') as share
    from measures
    group by series_id
),

published_series as (
    select
        series.series_id,
        series.indicator_id,
        series.dataset,
        series.source_table,
        series.period_type,
        parts.breakdown_pattern,
        parts.numerator,
        parts.denominator,
        parts.share,
        series.definition,
        series.difference,
        cast(series.priority as bigint) as priority,
        series.is_figure
    from series
    inner join parts on series.series_id = parts.series_id
    inner join indicators on series.indicator_id = indicators.indicator_id
)

select * from published_series
