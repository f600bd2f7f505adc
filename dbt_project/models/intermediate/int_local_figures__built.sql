with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

months as (
    select * from {{ ref('int_months__reported') }}
),

area_names as (
    select * from {{ ref('area_names') }}
    where valid_to is null
),

judged as (
    select * from {{ ref('int_service_lists__judged') }}
),

stocks as (
    select * from {{ ref('int_service_stocks__counted') }}
),

flows as (
    select * from {{ ref('int_service_flows__counted') }}
),

breakdowns as (
    select * from {{ ref('int_service_breakdowns__counted') }}
),

totals as (
    select
        indicators.indicator_id,
        judged.area_code,
        judged.area_name,
        'all' as breakdown,
        'all' as breakdown_value,
        indicators.source_feed,
        case indicators.measure
            when 'waiting' then stocks.waiting_count
            when 'within_18w' then stocks.within_18w_count
            when 'over_52w' then stocks.over_52w_count
            when 'support_while_waiting' then stocks.support_count
            when 'not_accepted_signposted' then flows.signposted_count
        end as numerator,
        case
            when indicators.measure in (
                'within_18w', 'support_while_waiting', 'median_wait', 'p92_wait'
            ) then stocks.waiting_count
            when indicators.measure = 'completed_median' then flows.completed_count
            when indicators.measure = 'not_accepted_signposted' then flows.not_accepted_count
        end as denominator,
        case indicators.measure
            when 'median_wait' then stocks.median_days
            when 'p92_wait' then stocks.p92_days
            when 'completed_median' then flows.completed_median_days
        end as quantile_days,
        case
            when indicators.snapshot = 'newest' then judged.flow_reason
            when indicators.measure in ('waiting', 'support_while_waiting')
                then judged.stock_reason
            else judged.bands_reason
        end as status_reason,
        judged.period_start,
        judged.period_end,
        if(indicators.snapshot = 'newest', judged.flow_known_on, judged.stock_known_on)
            as known_on
    from indicators
    inner join judged
        on
            indicators.service = judged.service
            and indicators.measure != 'vacancy'
    left join stocks
        on
            judged.area_code = stocks.area_code
            and judged.service = stocks.service
            and judged.period_start = stocks.period_start
    left join flows
        on
            judged.area_code = flows.area_code
            and judged.service = flows.service
            and judged.period_start = flows.period_start
),

parts as (
    select
        indicators.indicator_id,
        judged.area_code,
        judged.area_name,
        breakdowns.breakdown,
        breakdowns.breakdown_value,
        indicators.source_feed,
        breakdowns.waiting_count as numerator,
        null as denominator,
        null as quantile_days,
        case breakdowns.breakdown
            when 'wait_band' then judged.bands_reason
            else judged.stock_reason
        end as status_reason,
        judged.period_start,
        judged.period_end,
        judged.stock_known_on as known_on
    from indicators
    inner join judged on indicators.service = judged.service
    inner join breakdowns
        on
            judged.area_code = breakdowns.area_code
            and judged.service = breakdowns.service
            and judged.period_start = breakdowns.period_start
    where indicators.measure = 'waiting' and judged.is_delivered
),

-- What no local delivery brings (vacancies, lines of the NHS publication, services that send no
-- list) or no measure of the catalogue defines.
unfed as (
    select
        indicators.indicator_id,
        area_names.area_code,
        area_names.area_name,
        'all' as breakdown,
        'all' as breakdown_value,
        indicators.source_feed,
        null as numerator,
        null as denominator,
        null as quantile_days,
        if(indicators.measure is null, 'no_definition', 'no_feed') as status_reason,
        months.period_start,
        months.period_end,
        null as known_on
    from indicators
    cross join months
    cross join area_names
    where
        (
            indicators.source_feed in ('therapy_ptl', 'chs_waits')
            and (indicators.service is null or coalesce(indicators.measure, 'vacancy') = 'vacancy')
            or indicators.measure = 'published_only'
            and starts_with(indicators.cadence, 'monthly')
        )
        and area_names.area_code = '{{ var("local_area") }}'
),

figures as (
    select * from totals
    union all
    select * from parts
    union all
    select * from unfed
),

built as (
    select
        *,
        'local' as basis,
        case when status_reason is null then 'value' else 'not_available' end as value_status
    from figures
)

select * from built
