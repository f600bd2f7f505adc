-- The forecast of an area and the worklists of its senders count the same rows.
with

forecasts as (
    select * from {{ ref('forecasts') }}
    where kind in ('cases_passing_limit', 'reviews_due') and value_status = 'value'
),

cases as (
    select * from {{ ref('int_case_limits__listed') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

told as (
    select
        area_code,
        subject,
        period_end,
        -- Of cases that may pass a limit, every one that is open is the upper end of the range.
        max(if(kind = 'cases_passing_limit', high, value)) as case_count
    from forecasts
    group by area_code, subject, period_end
),

listed as (
    select
        senders.area_code,
        cases.limit_id,
        cases.census_date,
        count(*) as case_count
    from cases
    inner join senders on cases.sender = senders.sender
    group by senders.area_code, cases.limit_id, cases.census_date
)

select told.*
from told
left join listed
    on
        told.area_code = listed.area_code
        and told.subject = listed.limit_id
        and told.period_end = listed.census_date
where told.case_count != coalesce(listed.case_count, 0)
