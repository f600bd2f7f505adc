with

sources as (
    select * from {{ ref('int_local_sources__chosen') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

stocks as (
    select
        service_waits.*,
        sources.period_start,
        sources.period_end
    from sources
    inner join service_waits
        on
            sources.feed = service_waits.feed
            and sources.stock_submission_id = service_waits.submission_id
),

flows as (
    select
        service_waits.*,
        sources.period_start,
        sources.period_end
    from sources
    inner join service_waits
        on
            sources.feed = service_waits.feed
            and sources.flow_submission_id = service_waits.submission_id
),

open_referrals as (
    select
        *,
        'nd_open_referrals_n' as indicator_id,
        case
            when exclusion_reason is not null then exclusion_reason
            when not is_open then 'closed_by_census'
        end as exclusion,
        true as counts,
        false as is_share,
        true as has_bands
    from stocks
    where service = 'ND'
),

over_13_weeks as (
    select
        *,
        'nd_over_13w_pct' as indicator_id,
        case
            when exclusion_reason is not null then exclusion_reason
            when pathway not in ('autism', 'both') then 'other_pathway'
            when not is_open then 'closed_by_census'
            when not is_waiting then 'seen_by_census'
        end as exclusion,
        waited_days > {{ parameter('within_13w_days') }} as counts,
        true as is_share,
        false as has_bands
    from stocks
    where service = 'ND'
),

branch_referrals as (
    select
        *,
        'branch_referrals_n' as indicator_id,
        case when exclusion_reason = 'not_a_referral' then exclusion_reason end as exclusion,
        true as counts,
        false as is_share,
        false as has_bands
    from flows
    where service = 'BRANCH' and referral_received_date between period_start and period_end
),

branch_first_contacts as (
    select
        *,
        'branch_first_contact_median_days' as indicator_id,
        case when exclusion_reason = 'not_a_referral' then exclusion_reason end as exclusion,
        true as counts,
        true as is_share,
        false as has_bands,
        date_diff('day', referral_received_date, first_contact_date) as quantity
    from flows
    where service = 'BRANCH' and first_contact_date between period_start and period_end
),

united as (
    select * from open_referrals
    union all by name
    select * from over_13_weeks
    union all by name
    select * from branch_referrals
    union all by name
    select * from branch_first_contacts
),

cases as (
    select
        *,
        date_sub('year', birth_month, period_end) as age
    from united
),

oldest as (
    select max(to_age) as to_age from age_bands
),

-- Counts are broken down by age, shares and medians of these services are not.
measured as (
    select
        cases.indicator_id,
        cases.feed,
        cases.sender,
        cases.submission_id,
        cases.source_row,
        'month' as period_type,
        cases.period_start,
        cases.period_end,
        cases.exclusion,
        cases.exclusion is null and cases.counts as in_numerator,
        cases.exclusion is null and cases.is_share as in_denominator,
        cast(cases.quantity as double) as quantity,
        cast(null as varchar) as sex,
        age_bands.band as age_band,
        cast(null as varchar) as primary_need,
        cast(null as varchar) as setting_type,
        case when cases.has_bands then coalesce(cases.wait_band, 'not_waiting') end as wait_band
    from cases
    cross join oldest
    left join age_bands
        on
            not cases.is_share
            and cases.age >= age_bands.from_age
            and (cases.age <= age_bands.to_age or oldest.to_age = age_bands.to_age)
)

select * from measured
