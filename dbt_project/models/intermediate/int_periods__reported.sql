with

months as (
    select * from {{ ref('int_months__reported') }}
),

-- The annual figure of the DfE rests on the ends of December, January and February; it exists
-- once February is over.
winters as (
    select
        'dec_feb' as period_type,
        cast(period_start - interval 2 month as date) as period_start,
        period_end
    from months
    where month(period_start) = 2
),

periods as (
    select
        'month' as period_type,
        period_start,
        period_end
    from months
    union all
    select * from winters
)

select * from periods
