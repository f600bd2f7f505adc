with

sources as (
    select distinct
        indicator_id,
        feed,
        submission_id,
        period_type,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

referrals as (
    select
        service_waits.*,
        sources.indicator_id,
        sources.period_type,
        sources.period_start,
        sources.period_end
    from sources
    inner join service_waits
        on
            sources.feed = service_waits.feed
            and sources.submission_id = service_waits.submission_id
),

open_referrals as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when not is_open then 'closed_by_census'
        end as exclusion,
        true as counts,
        false as is_share,
        true as has_bands
    from referrals
    where indicator_id = 'nd_open_referrals_n' and service = 'ND'
),

over_13_weeks as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when pathway not in ('autism', 'both') then 'other_pathway'
            when not is_open then 'closed_by_census'
            when not is_waiting then 'seen_by_census'
        end as exclusion,
        waited_days > {{ parameter('within_13w_days') }} as counts,
        true as is_share,
        false as has_bands
    from referrals
    where indicator_id = 'nd_over_13w_pct' and service = 'ND'
),

branch_referrals as (
    select
        *,
        case when exclusion_reason = 'not_a_referral' then exclusion_reason end as exclusion,
        true as counts,
        false as is_share,
        false as has_bands
    from referrals
    where
        indicator_id = 'branch_referrals_n'
        and service = 'BRANCH'
        and referral_received_date between period_start and period_end
),

branch_first_contacts as (
    select
        *,
        case when exclusion_reason = 'not_a_referral' then exclusion_reason end as exclusion,
        true as counts,
        true as is_share,
        false as has_bands,
        date_diff('day', referral_received_date, first_contact_date) as quantity
    from referrals
    where
        indicator_id = 'branch_first_contact_median_days'
        and service = 'BRANCH'
        and first_contact_date between period_start and period_end
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

-- Counts are broken down by age, shares and medians of these services are not.
measured as (
    select
        indicator_id,
        sender,
        submission_id,
        'referrals' as source_table,
        source_row,
        period_type,
        period_start,
        period_end,
        exclusion,
        exclusion is null and counts as in_numerator,
        exclusion is null and is_share as in_denominator,
        cast(quantity as double) as quantity,
        case when not is_share then date_sub('year', birth_month, period_end) end as age,
        case when has_bands then coalesce(wait_band, 'not_waiting') end as wait_band
    from united
)

select * from measured
