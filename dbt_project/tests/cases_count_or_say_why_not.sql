-- A case counts or says why not. A count has nothing below the line, a share or median nobody
-- above it who is not below, and each case of a median its quantity. What is counted has a measure.
with

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
)

select
    cases.indicator_id,
    cases.submission_id,
    cases.source_row
from cases
left join indicators on cases.indicator_id = indicators.indicator_id
where
    indicators.measure is null
    or (cases.exclusion is null) is distinct from (cases.in_numerator or cases.in_denominator)
    or (
        {{ counts_once('indicators.aggregation') }}
        and cases.exclusion is null
        and cases.person_id is null
    )
    or cases.numerator is null
    or cases.denominator is null
    or (indicators.unit = 'pct' and cases.numerator > cases.denominator)
    or (indicators.unit = 'count' and cases.in_denominator)
    or (indicators.unit != 'count' and cases.in_numerator and not cases.in_denominator)
    or (indicators.unit in ('days', 'weeks') and cases.exclusion is null and cases.quantity is null)
