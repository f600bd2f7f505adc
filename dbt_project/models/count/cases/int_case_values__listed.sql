with

cases as (
    select * from {{ ref('int_local_cases__united') }}
    where exclusion is null
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
    where {{ needs_values('aggregation') }}
),

listed as (
    select
        cases.indicator_id,
        cases.submission_id,
        cases.list,
        cases.person_id,
        {{ prefixed(case_breakdowns(), 'cases') }},
        cases.quantity,
        cases.in_numerator,
        cases.in_denominator,
        cases.period_start
    from cases
    inner join indicators on cases.indicator_id = indicators.indicator_id
)

select * from listed
