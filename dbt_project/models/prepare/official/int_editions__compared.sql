with

cells as (
    select * from {{ ref('stg_official__cells') }}
),

periods as (
    select * from {{ ref('int_official_periods__ranked') }}
),

held_twice as (
    select * from periods
    qualify count(*) over (
        partition by dataset, source_table, period_type, period_start, period_end
    ) > 1
),

-- A thing printed several times in one edition is one cell; OFF-ROW tells where it differs.
printed as (
    select
        held_twice.dataset,
        held_twice.source_table,
        held_twice.period_type,
        held_twice.submission_id,
        held_twice.edition,
        held_twice.is_extract,
        cells.measure,
        cells.breakdown_value,
        coalesce(cells.geo_code, cells.geo_name, '') as area,
        -- A fraction of a workbook is in the other edition a percentage with one decimal.
        min(if(cells.unit = 'fraction', round(100 * cells.value, 1), cells.value)) as value,
        min(coalesce(cells.symbol, '')) as symbol,
        held_twice.period_start,
        held_twice.period_end,
        held_twice.known_on
    from cells
    inner join held_twice
        on
            cells.submission_id = held_twice.submission_id
            and cells.source_table = held_twice.source_table
            and cells.period_type = held_twice.period_type
            and cells.period_start = held_twice.period_start
            and cells.period_end = held_twice.period_end
    where cells.unit not in ('text', 'code')
    group by all
),

paired as (
    select
        newer.dataset,
        newer.source_table,
        newer.measure,
        newer.submission_id,
        newer.edition,
        newer.is_extract,
        older.submission_id as older_submission_id,
        older.edition as older_edition,
        older.known_on as older_known_on,
        newer.known_on = older.known_on and newer.edition = older.edition as is_order_unknown,
        newer.area,
        newer.value,
        older.value as older_value,
        (
            newer.value is distinct from older.value
            or newer.symbol != older.symbol
        ) as is_other,
        newer.period_start,
        newer.period_end,
        newer.known_on
    from printed as newer
    inner join printed as older
        on
            newer.dataset = older.dataset
            and newer.source_table = older.source_table
            and newer.period_type = older.period_type
            and newer.period_start = older.period_start
            and newer.period_end = older.period_end
            and newer.measure = older.measure
            and newer.breakdown_value = older.breakdown_value
            and newer.area = older.area
    where
        (newer.known_on, newer.edition, newer.submission_id)
        > (older.known_on, older.edition, older.submission_id)
),

-- Half a unit keeps the logarithm of a ratio finite where a count is zero.
counted as (
    select
        dataset,
        source_table,
        measure,
        submission_id,
        edition,
        is_extract,
        older_submission_id,
        older_edition,
        older_known_on,
        is_order_unknown,
        count(*) as cell_count,
        count(*) filter (where is_other) as other_count,
        count(distinct area) filter (where value is not null and older_value is not null)
            as area_count,
        count(*) filter (where value is not null and older_value is not null) as figure_count,
        count(*) filter (where value > older_value) as risen_count,
        count(*) filter (where value < older_value) as fallen_count,
        coalesce(
            median(
                case
                    when value >= 0 and older_value >= 0
                        then ln((value + 0.5) / (older_value + 0.5))
                end
            ),
            0
        ) as median_log_ratio,
        min(period_start) filter (where is_other) as period_start,
        max(period_end) filter (where is_other) as period_end,
        known_on
    from paired
    group by all
),

moved as (
    select
        *,
        area_count >= {{ parameter('redefined_areas') }}
        and 2 * greatest(risen_count, fallen_count) >= figure_count as is_moved
    from counted
),

compared as (
    select
        *,
        is_moved
        and abs(median_log_ratio) > ln({{ factor('redefined_ratio') }}) as is_redefined
    from moved
)

select * from compared
