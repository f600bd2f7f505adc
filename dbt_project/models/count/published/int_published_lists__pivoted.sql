with

cells as (
    select * from {{ ref('stg_chs_waits__cells') }}
),

editions as (
    select * from {{ ref('int_editions__chosen') }}
),

organisations as (
    select * from {{ ref('int_chs_waits__identified') }}
),

service_lines as (
    select * from {{ ref('chs_service_lines') }}
),

lists as (
    select
        cells.submission_id,
        editions.period,
        cells.geo_level,
        cells.org_code as published_code,
        cells.org_name as published_name,
        cells.service_line,
        editions.period_start,
        editions.period_end,
        editions.known_on,
        max(cells.value) filter (where cells.wait_band = 'all') as total,
        max(cells.value) filter (where cells.wait_band = '0-7') as band_0_7,
        max(cells.value) filter (where cells.wait_band = '8-14') as band_8_14,
        max(cells.value) filter (where cells.wait_band = '15-28') as band_15_28,
        max(cells.value) filter (where cells.wait_band = '29-84') as band_29_84,
        max(cells.value) filter (where cells.wait_band = '85-126') as band_85_126,
        max(cells.value) filter (where cells.wait_band = '127-364') as band_127_364,
        max(cells.value) filter (where cells.wait_band = '365-728') as band_365_728,
        max(cells.value) filter (where cells.wait_band = '729+') as band_729_plus,
        max(cells.value) filter (where cells.wait_band = '365+') as band_365_or_more,
        max(cells.symbol) filter (where cells.wait_band = 'all') as total_symbol,
        min(cells.symbol) filter (where cells.wait_band != 'all') as band_symbol
    from cells
    inner join editions
        on
            cells.submission_id = editions.submission_id
            and cells.period_end = editions.period_end
    where cells.is_list and cells.measure = 'waiting' and cells.service_line is not null
    group by all
),

identified as (
    select
        lists.*,
        organisations.org_code,
        organisations.org_name,
        organisations.org_key,
        coalesce(lists.band_365_or_more, lists.band_365_728 + lists.band_729_plus)
            as band_365_plus,
        coalesce(service_lines.audience = 'CYP', false) as is_for_children,
        coalesce(service_lines.is_national_only, false) as is_national_only
    from lists
    inner join organisations
        on
            lists.submission_id = organisations.submission_id
            and lists.geo_level = organisations.geo_level
            and lists.published_code is not distinct from organisations.published_code
            and lists.published_name = organisations.org_name
    left join service_lines on lists.service_line = service_lines.label
)

select * from identified
