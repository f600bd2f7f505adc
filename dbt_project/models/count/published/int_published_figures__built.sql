with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
    where measure in ('waiting', 'within_18w', 'over_52w')
),

services as (
    select * from {{ ref('lists') }}
    where service_line is not null
),

lists as (
    select * from {{ ref('int_published_lists__judged') }}
),

totals as (
    select * from {{ ref('int_published_totals__summed') }}
),

measured as (
    select
        submission_id,
        area_code,
        area_name,
        service_line,
        'service' as breakdown,
        replace(service_line, '(CYP) ', '') as breakdown_value,
        total,
        total as banded_total,
        within_18w_count,
        band_365_plus,
        list_reason,
        bands_reason,
        period_start,
        period_end,
        known_on
    from lists
    union all by name
    select
        *,
        'all' as breakdown,
        'all' as breakdown_value
    from totals
),

-- The community indicators take every line, a therapy's own indicators its one line.
matched as (
    select
        indicators.indicator_id,
        indicators.measure,
        measured.* replace (
            case when indicators.service is null then measured.breakdown else 'all' end
                as breakdown,
            case when indicators.service is null then measured.breakdown_value else 'all' end
                as breakdown_value
        )
    from measured
    left join services on measured.service_line = services.service_line
    inner join indicators
        on
            services.list = indicators.service
            or (indicators.service is null and indicators.source_feed = 'chs_waits')
),

figures as (
    select
        indicator_id,
        area_code,
        area_name,
        breakdown,
        breakdown_value,
        case measure
            when 'waiting' then total
            when 'within_18w' then within_18w_count
            else band_365_plus
        end as numerator,
        case measure when 'within_18w' then banded_total end as denominator,
        case measure when 'waiting' then list_reason else bands_reason end as status_reason,
        period_start,
        period_end,
        known_on
    from matched
),

-- A withheld list has no bands; zero takes their place, so that unpivot keeps the rows.
speech_lists as (
    select
        lists.area_code,
        lists.area_name,
        lists.bands_reason as status_reason,
        lists.period_start,
        lists.period_end,
        lists.known_on,
        coalesce(lists.band_0_7, 0) as "0-7",
        coalesce(lists.band_8_14, 0) as "8-14",
        coalesce(lists.band_15_28, 0) as "15-28",
        coalesce(lists.band_29_84, 0) as "29-84",
        coalesce(lists.band_85_126, 0) as "85-126",
        coalesce(lists.band_127_364, 0) as "127-364",
        coalesce(lists.band_365_plus, 0) as "365+"
    from lists
    inner join services
        on
            lists.service_line = services.service_line
            and services.list = 'SLT'
),

bands as (
    unpivot speech_lists
    on "0-7", "8-14", "15-28", "29-84", "85-126", "127-364", "365+"
    into name breakdown_value value numerator
),

all_figures as (
    select * from figures
    union all by name
    select
        *,
        'slt_waiting_n' as indicator_id,
        'wait_band' as breakdown
    from bands
),

built as (
    select
        *,
        'published' as basis,
        'chs_waits' as source_feed,
        case
            when status_reason is null then 'value'
            when starts_with(status_reason, 'publisher:') then 'suppressed'
            else 'not_available'
        end as value_status
    from all_figures
)

select * from built
