with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

cadences as (
    select * from {{ ref('cadences') }}
),

period_kinds as (
    select * from {{ ref('period_kinds') }}
),

lines as (
    select * from {{ ref('lists') }}
    where service_line is not null
),

measures as (
    select * from {{ ref('int_measures__declared') }}
),

words as (
    select * from {{ ref('indicator_words') }}
),

backlogs as (
    select * from {{ ref('timeliness_backlogs') }}
    where backlog_breakdown = 'all'
),

periods as (
    select
        cadences.cadence,
        cadences.aggregation,
        cadences.snapshot,
        string_agg(period_kinds.period_type, '; ' order by period_kinds.period_type)
            as period_types
    from cadences
    inner join period_kinds on cadences.period_kind = period_kinds.period_kind
    group by cadences.cadence, cadences.aggregation, cadences.snapshot
),

described as (
    select
        indicators.*,
        lines.service_line,
        periods.period_types,
        measures.mature_after as matures_by,
        measures.needs_days,
        words.short_title,
        words.plain_definition,
        words.counted,
        words.phrase,
        backlogs.backlog_indicator_id,
        if(indicators.unit = 'pct', '100 x ', '')
        || if(
            indicators.denominator is null,
            indicators.numerator,
            '[' || indicators.numerator || '] / [' || indicators.denominator || ']'
        )
        || case indicators.aggregation
            when 'ratio_of_sums'
                then ' (ratio of sums over the period; never a mean of monthly percentages)'
            when 'stock_ratio' then ' (position at period end)'
            when 'distinct' then ' (each counted once in the period)'
            when 'distinct_ratio' then ' (each counted once in the period)'
            else ''
        end
        || coalesce('. ' || indicators.definition_note, '') as definition
    from indicators
    left join words on indicators.indicator_id = words.indicator_id
    left join lines on indicators.service = lines.list
    left join backlogs on indicators.indicator_id = backlogs.indicator_id
    left join measures on indicators.measure = measures.measure
    left join periods
        on
            indicators.cadence = periods.cadence
            and indicators.aggregation = periods.aggregation
            and indicators.snapshot = periods.snapshot
),

-- Columns are added at the end.
ordered as (
    select
        * exclude (
            snapshot, fed_by, census_month, spc, rag_rule, strategy_bullets, priority_areas,
            period_types, matures_by, short_title, plain_definition, counted, phrase,
            backlog_indicator_id, definition_note, needs_days
        ),
        snapshot,
        fed_by,
        census_month,
        spc,
        rag_rule,
        strategy_bullets,
        period_types,
        matures_by,
        short_title,
        plain_definition,
        counted,
        phrase,
        priority_areas,
        backlog_indicator_id,
        needs_days
    from described
)

select * from ordered
