-- A ratio has no figure as long as either part lacks one, and says why in the words of that part:
-- of the one above the line first.
with

parts as (
    select * from {{ ref('int_ratio_parts__found') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

joined as (
    select
        indicator_id,
        period_type,
        period_start,
        period_end,
        area_code,
        area_name,
        avg(amount) filter (where part = 'numerator') as numerator,
        avg(amount) filter (where part = 'denominator') as denominator,
        coalesce(
            min(status_reason) filter (where part = 'numerator'),
            min(status_reason) filter (where part = 'denominator')
        ) as status_reason,
        max(known_on) as known_on
    from parts
    group by all
),

figures as (
    select
        joined.indicator_id,
        'local' as basis,
        joined.period_type,
        joined.period_start,
        joined.period_end,
        joined.area_code,
        joined.area_name,
        'all' as breakdown,
        'all' as breakdown_value,
        indicators.source_feed,
        cast(joined.numerator as decimal(18, 4)) as numerator,
        cast(joined.denominator as decimal(18, 4)) as denominator,
        if(joined.status_reason is null, 'value', 'not_available') as value_status,
        joined.status_reason,
        joined.known_on
    from joined
    inner join indicators on joined.indicator_id = indicators.indicator_id
)

select * from figures
