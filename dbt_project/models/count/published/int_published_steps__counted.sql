with

cells as (
    select * from {{ ref('stg_chs_waits__cells') }}
),

organisations as (
    select * from {{ ref('int_chs_waits__identified') }}
),

lists as (
    select * from {{ ref('int_published_lists__judged') }}
),

services as (
    select * from {{ ref('lists') }}
    where service_line is not null
),

service_lines as (
    select * from {{ ref('chs_service_lines') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
    where measure in ('waiting', 'within_18w', 'over_52w')
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

figures as (
    select * from {{ ref('int_figures__united') }}
    where basis = 'published' and value_status in ('value', 'not_applicable')
),

-- The cells of the lists that count; a list without bands counts in the totals only.
list_cells as (
    select
        lists.area_code,
        lists.service_line,
        lists.period_start,
        lists.bands_reason is null as has_bands,
        cells.wait_band,
        coalesce(wait_bands.part_of, wait_bands.band) as band,
        cells.wait_band = 'all' as is_total,
        coalesce(wait_bands.to_day <= {{ parameter('within_18w_days') }}, false) as is_within_18w,
        coalesce(wait_bands.from_day >= {{ parameter('over_52w_days') }}, false) as is_over_52w,
        cells.source_file,
        cells.source_row,
        cells.source_column,
        cells.value
    from cells
    inner join organisations
        on
            cells.submission_id = organisations.submission_id
            and cells.geo_level = organisations.geo_level
            and cells.org_code is not distinct from organisations.published_code
            and cells.org_name = organisations.org_name
    inner join lists
        on
            organisations.submission_id = lists.submission_id
            and organisations.org_code = lists.area_code
            and cells.service_line = lists.service_line
            and cells.period_start = lists.period_start
    left join wait_bands on cells.wait_band = wait_bands.band
    where
        cells.is_list
        and cells.measure = 'waiting'
        and lists.list_reason is null
),

targets as (
    select
        indicators.indicator_id,
        indicators.measure,
        'all' as breakdown,
        'all' as breakdown_value,
        services.service_line
    from indicators
    inner join services on indicators.service = services.list
    union all
    select
        indicators.indicator_id,
        indicators.measure,
        'all' as breakdown,
        'all' as breakdown_value,
        service_lines.label as service_line
    from indicators
    cross join service_lines
    where indicators.source_feed = 'chs_waits'
    union all
    select
        indicators.indicator_id,
        indicators.measure,
        'service' as breakdown,
        replace(service_lines.label, '(CYP) ', '') as breakdown_value,
        service_lines.label as service_line
    from indicators
    cross join service_lines
    where indicators.source_feed = 'chs_waits'
),

measured as (
    select
        targets.indicator_id,
        targets.breakdown,
        targets.breakdown_value,
        list_cells.*,
        case
            when targets.measure != 'within_18w' or not list_cells.is_total
                then list_cells.value
        end as in_numerator,
        case
            when targets.measure = 'within_18w' and list_cells.is_total then list_cells.value
        end as in_denominator
    from list_cells
    inner join targets on list_cells.service_line = targets.service_line
    where
        (targets.measure = 'waiting' and list_cells.is_total)
        or (
            targets.measure = 'within_18w'
            and list_cells.has_bands
            and (list_cells.is_total or list_cells.is_within_18w)
        )
        or (
            targets.measure = 'over_52w'
            and list_cells.has_bands
            and list_cells.is_over_52w
        )
),

banded as (
    select
        'slt_waiting_n' as indicator_id,
        'wait_band' as breakdown,
        list_cells.band as breakdown_value,
        list_cells.*,
        list_cells.value as in_numerator
    from list_cells
    inner join services
        on
            list_cells.service_line = services.service_line
            and services.list = 'SLT'
    where list_cells.has_bands and not list_cells.is_total
),

assigned as (
    select * from measured
    union all by name
    select * from banded
),

-- One step a table of the workbook, with the cells of it that were used.
tables as (
    select
        indicator_id,
        area_code,
        breakdown,
        breakdown_value,
        period_start,
        wait_band,
        source_file,
        count(*) as row_count,
        sum(in_numerator) as in_numerator,
        sum(in_denominator) as in_denominator,
        string_agg(
            'R' || source_row || 'C' || source_column, ',' order by source_row, source_column
        ) as positions
    from assigned
    group by all
),

counted as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        row_number() over (
            partition by {{ prefixed(figure_key(), 'figures') }} order by tables.source_file
        ) as step_number,
        if(tables.wait_band = 'all', 'total', tables.wait_band || ' days') as step,
        tables.row_count,
        case when figures.numerator is not null then coalesce(tables.in_numerator, 0) end
            as counts_in_numerator,
        case when figures.denominator is not null then coalesce(tables.in_denominator, 0) end
            as counts_in_denominator,
        tables.source_file || '!' || tables.positions as source_reference
    from figures
    inner join tables
        on
            figures.indicator_id = tables.indicator_id
            and figures.area_code = tables.area_code
            and figures.breakdown = tables.breakdown
            and figures.breakdown_value = tables.breakdown_value
            and figures.period_start = tables.period_start
)

select * from counted
