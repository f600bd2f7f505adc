with

cells as (
    select * from {{ ref('stg_chs_waits__cells') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

organisations as (
    select * from {{ ref('int_chs_waits__identified') }}
),

area_names as (
    select * from {{ ref('area_names') }}
    where valid_to is null
),

symbols as (
    select * from {{ ref('publisher_symbols') }}
),

official_statistics as (
    select
        'chs_waits' as dataset,
        cells.edition,
        cells.source_file,
        cells.source_row,
        cells.source_column,
        'month' as period_type,
        cells.period_start,
        cells.period_end,
        cells.period_label,
        cells.geo_level,
        organisations.org_code as geo_code,
        coalesce(area_names.area_name, cells.org_name) as geo_name,
        cells.org_code,
        cells.org_name,
        cells.measure,
        coalesce(
            nullif(
                concat_ws(
                    ' x ',
                    case when cells.service_line is not null then 'service' end,
                    case when cells.wait_band is not null then 'wait_band' end
                ),
                ''
            ),
            'all'
        ) as breakdown,
        coalesce(nullif(concat_ws(' x ', cells.service_line, cells.wait_band), ''), 'all')
            as breakdown_value,
        cast(cells.value as double) as value,
        cells.value_text,
        cells.symbol,
        cells.unit,
        symbols.status_text,
        used.known_on,
        cells.submission_id,
        cells.source_sheet
    from cells
    inner join used on cells.submission_id = used.submission_id
    inner join organisations
        on
            cells.submission_id = organisations.submission_id
            and cells.geo_level = organisations.geo_level
            and cells.org_code is not distinct from organisations.published_code
            and cells.org_name = organisations.org_name
    left join area_names on organisations.org_code = area_names.area_code
    left join symbols
        on
            symbols.dataset = 'chs_waits'
            and cells.symbol = symbols.symbol
)

select * from official_statistics
