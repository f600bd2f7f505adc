with

cells as (
    select * from {{ ref('stg_chs_waits__cells') }}
),

organisations as (
    select * from {{ ref('int_chs_waits__identified') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
),

symbols as (
    select * from {{ ref('publisher_symbols') }}
),

published as (
    select * from {{ ref('stg_official__cells') }}
),

waiting_lists as (
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
        cells.known_on,
        cells.submission_id,
        cells.source_sheet,
        cells.table_title
    from cells
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
),

-- Two parts of one edition may come in files of one name: the later says which submission it is.
names as (
    select distinct
        feed,
        edition,
        source_file,
        submission_id
    from published
),

placed_names as (
    select
        *,
        row_number() over (
            partition by feed, edition, source_file order by submission_id
        ) as place
    from names
),

publications as (
    select
        published.feed as dataset,
        published.edition,
        published.source_file
        || if(names.place > 1, ' (' || published.submission_id || ')', '') as source_file,
        published.source_row,
        published.source_column,
        published.period_type,
        published.period_start,
        published.period_end,
        published.period_label,
        published.geo_level,
        published.geo_code,
        published.geo_name,
        published.org_code,
        published.org_name,
        published.measure,
        published.breakdown,
        published.breakdown_value,
        published.value,
        published.value_text,
        published.symbol,
        published.unit,
        published.status_text,
        published.known_on,
        published.submission_id,
        published.source_sheet,
        published.source_table,
        published.column_name
    from published
    inner join placed_names as names
        on
            published.submission_id = names.submission_id
            and published.source_file = names.source_file
),

official_statistics as (
    select
        * exclude (table_title),
        table_title as source_table,
        cast(null as varchar) as column_name
    from waiting_lists
    union all
    select * from publications
)

select * from official_statistics
