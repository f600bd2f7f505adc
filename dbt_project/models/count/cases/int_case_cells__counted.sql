with

cases as (
    select * from {{ ref('int_local_cases__united') }}
    where exclusion is null
),

-- Sums are whole numbers or decimals: the order of the rows then changes nothing.
counted as (
    select
        indicator_id,
        submission_id,
        list,
        other_submission_id,
        {{ case_breakdowns() | join(',\n        ') }},
        cast(sum(numerator) as bigint) as numerator,
        cast(sum(denominator) as bigint) as denominator,
        sum(cast(quantity as decimal(18, 4))) as quantity,
        period_start
    from cases
    group by all
)

select * from counted
