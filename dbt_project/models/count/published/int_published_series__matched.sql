with

cells as (
    select * from {{ ref('stg_official__cells') }}
),

periods as (
    select * from {{ ref('int_official_periods__ranked') }}
),

redefined as (
    select * from {{ ref('int_measures__redefined') }}
),

series as (
    select * from {{ ref('publication_series') }}
    where is_figure
),

measures as (
    select * from {{ ref('published_measures') }}
),

wanted as (
    select
        series.*,
        measures.breakdown_pattern,
        measures.role,
        measures.measure,
        measures.factor,
        row_number() over (
            partition by series.series_id
            order by
                measures.role = 'value',
                measures.role = 'denominator',
                measures.measure,
                measures.breakdown_pattern
        ) as position
    from series
    inner join measures on series.series_id = measures.series_id
),

series_cells as (
    select
        periods.dataset,
        -- All columns of an area and breakdown come from one edition.
        not periods.is_replaced
        and rank() over (
            partition by
                periods.dataset,
                cells.source_table,
                cells.period_type,
                cells.period_start,
                cells.period_end,
                cells.geo_code,
                cells.breakdown_value,
                periods.is_replaced
            order by periods.place
        ) = 1 as is_chosen,
        cells.* replace (
            nullif(
                concat_ws(
                    ' ',
                    case when redefined.measure is not null then 'OFF-REDEFINED' end,
                    cells.withheld_by
                ),
                ''
            ) as withheld_by
        )
    from cells
    inner join periods
        on
            cells.submission_id = periods.submission_id
            and cells.source_table = periods.source_table
            and cells.period_type = periods.period_type
            and cells.period_start = periods.period_start
            and cells.period_end = periods.period_end
    left join redefined
        on
            cells.submission_id = redefined.submission_id
            and cells.source_table = redefined.source_table
            and cells.measure = redefined.measure
    where cells.measure in (select measures.measure from measures)
),

matched as (
    select
        wanted.series_id,
        wanted.indicator_id,
        wanted.priority,
        wanted.dataset,
        wanted.role,
        wanted.position,
        series_cells.period_type,
        series_cells.geo_code as area_code,
        series_cells.geo_name as published_name,
        series_cells.submission_id,
        series_cells.measure,
        series_cells.value_text,
        series_cells.symbol,
        series_cells.status_text,
        series_cells.source_file,
        series_cells.source_row,
        series_cells.source_column,
        wanted.factor
        * series_cells.value
        * case when series_cells.unit = 'fraction' then 100 else 1 end as value,
        series_cells.withheld_by,
        series_cells.noted_by,
        series_cells.is_chosen,
        series_cells.period_start,
        series_cells.period_end,
        series_cells.known_on
    from series_cells
    inner join wanted
        on
            series_cells.dataset = wanted.dataset
            and series_cells.source_table = wanted.source_table
            and series_cells.period_type = wanted.period_type
            and series_cells.measure = wanted.measure
            and regexp_full_match(series_cells.breakdown_value, wanted.breakdown_pattern)
            -- A breakdown that a later edition adds does not make its parts totals.
            and len(string_split(series_cells.breakdown_value, ' x '))
            = len(string_split(wanted.breakdown_pattern, ' x '))
            and series_cells.geo_name is distinct from wanted.area_name_except
    where series_cells.geo_code is not null
)

select * from matched
