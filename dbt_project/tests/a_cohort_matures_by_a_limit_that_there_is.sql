-- A name of neither seed would leave every month of the cohort mature, and so would an indicator
-- that is counted from the snapshot of its own month.
with

cohort_limits as (
    select * from {{ ref('cohort_limits') }}
),

indicators as (
    select * from {{ ref('indicator_catalogue') }}
    where snapshot = 'newest'
),

limits as (
    select clock_id as limit_id from {{ ref('statutory_clocks') }}
    union
    select name as limit_id from {{ ref('parameters') }}
    where unit = 'days'
)

select cohort_limits.*
from cohort_limits
left join indicators on cohort_limits.indicator_id = indicators.indicator_id
left join limits on cohort_limits.matures_by = limits.limit_id
where indicators.indicator_id is null or limits.limit_id is null
