with

cells as (
    select * from {{ ref('stg_official__cells') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

published as (
    select
        cells.feed as dataset,
        cells.source_table,
        cells.period_type,
        cells.edition,
        cells.submission_id,
        cells.period_start,
        cells.period_end,
        cells.known_on,
        list_distinct(list(cells.geo_code)) as areas,
        list_distinct(list(cells.geo_level)) as levels,
        list_distinct(list(cells.breakdown_value)) as breakdowns
    from cells
    inner join settings on cells.period_end <= settings.period_end
    where cells.period_type is not null
    group by all
),

-- A file is a filtered extract of another where it adds nothing to the other's areas and breakdowns
-- and lacks a level of areas, or a tenth of the areas or breakdowns. An edition that lacks single
-- areas is none: authorities end.
extracts as (
    select distinct
        own.submission_id,
        own.source_table,
        own.period_type,
        own.period_start,
        own.period_end
    from published as own
    inner join published as whole
        on
            own.dataset = whole.dataset
            and own.source_table = whole.source_table
            and own.period_type = whole.period_type
            and own.period_start = whole.period_start
            and own.period_end = whole.period_end
            and own.submission_id != whole.submission_id
    where
        list_has_all(whole.areas, own.areas)
        and list_has_all(whole.breakdowns, own.breakdowns)
        and (
            len(own.levels) < len(whole.levels)
            or 100 * len(own.areas)
            < {{ parameter('whole_edition_pct') }} * len(whole.areas)
            or 100 * len(own.breakdowns)
            < {{ parameter('whole_edition_pct') }} * len(whole.breakdowns)
        )
),

ranked as (
    select
        published.dataset,
        published.source_table,
        published.period_type,
        published.edition,
        published.submission_id,
        published.areas,
        published.levels,
        published.breakdowns,
        published.period_start,
        published.period_end,
        published.known_on,
        extracts.submission_id is not null as is_extract,
        -- Files without a day of their own that came together share a place: no order is known.
        rank() over (
            partition by
                published.dataset,
                published.source_table,
                published.period_type,
                published.period_start,
                published.period_end
            order by
                extracts.submission_id is not null,
                published.known_on desc,
                published.edition desc
        ) as place
    from published
    left join extracts
        on
            published.submission_id = extracts.submission_id
            and published.source_table = extracts.source_table
            and published.period_type = extracts.period_type
            and published.period_start = extracts.period_start
            and published.period_end = extracts.period_end
),

-- A file of other areas, or of fewer breakdowns alone, leaves standing what it does not hold.
replaced as (
    select distinct
        own.submission_id,
        own.source_table,
        own.period_type,
        own.period_start,
        own.period_end
    from ranked as own
    inner join ranked as later
        on
            own.dataset = later.dataset
            and own.source_table = later.source_table
            and own.period_type = later.period_type
            and own.period_start = later.period_start
            and own.period_end = later.period_end
            and own.place > later.place
    where
        list_has_all(later.levels, own.levels)
        and 100 * len(list_intersect(later.areas, own.areas))
        >= {{ parameter('whole_edition_pct') }} * len(own.areas)
        and (
            not list_has_all(own.breakdowns, later.breakdowns)
            or 100 * len(later.breakdowns)
            >= {{ parameter('whole_edition_pct') }} * len(own.breakdowns)
        )
),

-- An edition counts for the tables and periods that it holds: it does not end older series.
told as (
    select
        ranked.dataset,
        ranked.source_table,
        ranked.period_type,
        ranked.edition,
        ranked.submission_id,
        ranked.areas,
        ranked.is_extract,
        replaced.submission_id is not null as is_replaced,
        ranked.place,
        ranked.period_start,
        ranked.period_end,
        ranked.known_on
    from ranked
    left join replaced
        on
            ranked.submission_id = replaced.submission_id
            and ranked.source_table = replaced.source_table
            and ranked.period_type = replaced.period_type
            and ranked.period_start = replaced.period_start
            and ranked.period_end = replaced.period_end
)

select * from told
