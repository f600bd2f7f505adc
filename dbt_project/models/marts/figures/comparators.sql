with

figures as (
    select * from {{ ref('indicator_values') }}
    where basis = 'published' and breakdown = 'all'
),

series as (
    select * from {{ ref('int_published_series__built') }}
),

sets as (
    select * from {{ ref('comparator_sets') }}
    where area_code = '{{ var("local_area") }}'
),

-- A set compares the periods that end while it is valid.
members as (
    select
        sets.set_id,
        sets.title,
        figures.indicator_id,
        figures.period_type,
        figures.period_start,
        figures.period_end,
        figures.area_code,
        figures.area_name,
        sets.rank,
        figures.value,
        figures.numerator,
        figures.denominator,
        figures.value_status,
        figures.status_reason,
        series.series_id
    from figures
    inner join sets
        on
            figures.area_code = sets.member_code
            and figures.period_end between coalesce(sets.valid_from, date '1900-01-01')
            and coalesce(sets.valid_to, date '9999-12-31')
    left join series
        on
            figures.indicator_id = series.indicator_id
            and figures.period_type = series.period_type
            and figures.period_start = series.period_start
            and figures.period_end = series.period_end
            and figures.area_code = series.area_code
),

home as (
    select * from series
    where area_code = '{{ var("local_area") }}'
),

-- Like with like: the same series as the local area's.
judged as (
    select
        members.*,
        coalesce(home.series_id, '') = coalesce(members.series_id, '') as is_same_series,
        members.value_status = 'value'
        and members.area_code != '{{ var("local_area") }}'
        and coalesce(home.series_id, '') = coalesce(members.series_id, '') as is_counted
    from members
    left join home
        on
            members.indicator_id = home.indicator_id
            and members.period_type = home.period_type
            and members.period_start = home.period_start
            and members.period_end = home.period_end
),

comparators as (
    select
        set_id,
        title,
        indicator_id,
        period_type,
        area_code,
        area_name,
        rank,
        value_status,
        status_reason,
        series_id,
        is_same_series,
        numerator,
        denominator,
        value,
        case
            when
                starts_with(set_id, 'neighbours')
                and count(*) filter (where is_counted) over same
                >= {{ parameter('median_members') }}
                then
                    quantile_cont(if(is_counted, value, null), 0.5) over same
        end as set_median,
        count(*) filter (where is_counted) over same as members_counted,
        period_start,
        period_end
    from judged
    window same as (partition by set_id, indicator_id, period_type, period_start, period_end)
)

select * from comparators
