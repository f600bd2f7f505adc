-- A name of neither seed, or a limit that is not so many days after its event, would leave every
-- month of the cohort mature; so would an indicator that is counted from its own month's snapshot.
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
    where counting in ('after_event', 'beginning_with_event') and unit != 'working days'
    union
    select name as limit_id from {{ ref('parameters') }}
    where unit = 'days'
)

select cohort_limits.*
from cohort_limits
left join indicators on cohort_limits.indicator_id = indicators.indicator_id
left join limits on cohort_limits.matures_by = limits.limit_id
where indicators.indicator_id is null or limits.limit_id is null
