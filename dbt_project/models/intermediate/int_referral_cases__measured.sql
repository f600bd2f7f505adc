with

sources as (
    select distinct
        indicator_id,
        measure,
        service,
        feed,
        list_service,
        submission_id,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed in ('therapy_ptl', 'nd_pathway', 'cyp_mh')
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

-- A delivery may hold the lists of several services; an indicator without a service is of all.
-- What happened on one day is a fact, whatever is wrong with the clock that runs from another.
referrals as (
    select
        service_waits.*,
        sources.indicator_id,
        sources.measure,
        sources.service is null as is_of_all_services,
        nullif(service_waits.exclusion_reason, 'stopped_before_received') as event_exclusion,
        sources.period_start,
        sources.period_end
    from sources
    inner join service_waits
        on
            sources.feed = service_waits.feed
            and sources.submission_id = service_waits.submission_id
            and coalesce(sources.list_service, service_waits.service) = service_waits.service
            and coalesce(sources.service, service_waits.service) = service_waits.service
),

listed as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when not is_open then 'closed_by_census'
            when not is_waiting then 'clock_stopped_by_census'
        end as list_exclusion,
        age_at_census as age
    from referrals
),

waiting_lists as (
    select
        *,
        list_exclusion as exclusion,
        true as counts,
        false as is_share,
        wait_band as band
    from listed
    where measure = 'waiting'
),

waiting_times as (
    select
        *,
        list_exclusion as exclusion,
        true as counts,
        true as is_share,
        waited_days as quantity
    from listed
    where measure in ('median_wait', 'p92_wait')
),

long_waits as (
    select
        *,
        case
            when list_exclusion is not null then list_exclusion
            when measure = 'over_52w' and waited_days < {{ parameter('over_52w_days') }}
                then 'within_52_weeks'
            when measure = 'over_104w' and waited_days < {{ parameter('over_104w_days') }}
                then 'within_104_weeks'
        end as exclusion,
        true as counts,
        false as is_share
    from listed
    where measure in ('over_52w', 'over_104w')
),

waits_within_18_weeks as (
    select
        *,
        list_exclusion as exclusion,
        waited_days <= {{ parameter('within_18w_days') }} as counts,
        true as is_share
    from listed
    where measure = 'within_18w'
),

autism_waits_over_13_weeks as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when pathway not in ('autism', 'both') then 'other_pathway'
            else list_exclusion
        end as exclusion,
        waited_days > {{ parameter('within_13w_days') }} as counts,
        true as is_share
    from listed
    where measure = 'over_13w'
),

supported_waits as (
    select
        *,
        list_exclusion as exclusion,
        has_support_while_waiting as counts,
        true as is_share
    from listed
    where measure = 'support_while_waiting'
),

open_referrals as (
    select
        *,
        case
            when event_exclusion is not null then event_exclusion
            when not is_open then 'closed_by_census'
        end as exclusion,
        true as counts,
        false as is_share,
        coalesce(wait_band, 'not_waiting') as band,
        age_at_census as age
    from referrals
    where measure = 'open_referrals'
),

new_referrals as (
    select
        *,
        event_exclusion as exclusion,
        true as counts,
        false as is_share,
        referral_age as age
    from referrals
    where
        measure = 'referrals'
        and referral_received_date between period_start and period_end
),

chosen_providers as (
    select
        *,
        case
            when event_exclusion is not null then event_exclusion
            when is_right_to_choose is null then 'choice_not_recorded'
            when not is_right_to_choose then 'provider_not_chosen'
        end as exclusion,
        true as counts,
        false as is_share,
        referral_age as age
    from referrals
    where
        measure = 'right_to_choose'
        and referral_received_date between period_start and period_end
),

autism_cohorts as (
    select
        *,
        case
            when exclusion_reason is not null then exclusion_reason
            when pathway not in ('autism', 'both') then 'other_pathway'
        end as exclusion,
        date_diff('day', referral_received_date, first_contact_date)
        <= {{ parameter('within_13w_days') }} as counts,
        true as is_share,
        referral_age as age
    from referrals
    where
        measure = 'first_contact_within_13w'
        and referral_received_date between period_start and period_end
),

first_contacts as (
    select
        *,
        exclusion_reason as exclusion,
        true as counts,
        true as is_share,
        date_diff('day', referral_received_date, first_contact_date) as quantity,
        first_contact_age as age
    from referrals
    where
        measure = 'first_contact_median'
        and first_contact_date between period_start and period_end
),

turned_down as (
    select
        *,
        event_exclusion as exclusion,
        signposted_date is not null as counts,
        true as is_share,
        outcome_age as age
    from referrals
    where
        measure = 'not_accepted_signposted'
        and outcome = 'not_accepted'
        and referral_outcome_date between period_start and period_end
),

-- The outcome of the pathway is told on the day when the assessment is complete.
assessments as (
    select
        *,
        case
            when event_exclusion is not null then event_exclusion
            when assessment_complete_date < referral_received_date then 'assessed_before_received'
            when measure = 'diagnoses' and diagnosis is null then 'finding_not_recorded'
            when measure = 'diagnoses' and diagnosis != 'diagnosed' then 'no_diagnosis'
        end as exclusion,
        measure != 'diagnosed' or diagnosis = 'diagnosed' as counts,
        measure != 'diagnoses' as is_share,
        case
            when measure = 'outcome_median'
                then date_diff('day', referral_received_date, assessment_complete_date)
        end as quantity,
        assessment_age as age
    from referrals
    where
        measure in ('outcome_median', 'diagnosed', 'diagnoses')
        and assessment_complete_date between period_start and period_end
),

profiles as (
    select
        *,
        event_exclusion as exclusion,
        true as counts,
        false as is_share,
        profile_age as age
    from referrals
    where
        measure = 'profiles'
        and nd_profile_date between period_start and period_end
),

-- An online assessment counts with a referral or without one.
digital_assessments as (
    select
        *,
        true as counts,
        false as is_share,
        digital_assessment_age as age
    from referrals
    where
        measure = 'digital_assessments'
        and digital_assessment_date between period_start and period_end
),

-- Whoever has no identifier is as many people as referrals: the service's own number of the
-- referral, which stays from month to month, stands for the person. A person of twelve months may
-- be of two ages and services: parts would not add up, so there are none.
people_seen as (
    select
        * replace (coalesce(person_id, referral_id) as person_id),
        case
            when event_exclusion is not null then event_exclusion
            when
                coalesce(contacts_in_month, 0) = 0
                and coalesce(first_contact_date not between period_start and period_end, true)
                then 'not_seen_in_month'
            when age_at_census is null then 'age_not_known'
            when age_at_census > {{ parameter('child_last_age') }} then 'no_child_any_more'
        end as exclusion,
        true as counts,
        false as is_share
    from referrals
    where measure = 'people_seen'
),

united as (
    select * from waiting_lists
    union all by name
    select * from waiting_times
    union all by name
    select * from long_waits
    union all by name
    select * from waits_within_18_weeks
    union all by name
    select * from autism_waits_over_13_weeks
    union all by name
    select * from supported_waits
    union all by name
    select * from open_referrals
    union all by name
    select * from new_referrals
    union all by name
    select * from chosen_providers
    union all by name
    select * from autism_cohorts
    union all by name
    select * from first_contacts
    union all by name
    select * from turned_down
    union all by name
    select * from assessments
    union all by name
    select * from profiles
    union all by name
    select * from digital_assessments
    union all by name
    select * from people_seen
),

measured as (
    select
        indicator_id,
        sender,
        submission_id,
        'referrals' as source_table,
        source_row,
        period_start,
        period_end,
        exclusion,
        exclusion is null and coalesce(counts, false) as in_numerator,
        exclusion is null and is_share as in_denominator,
        cast(quantity as double) as quantity,
        case when measure = 'people_seen' then person_id end as person_id,
        age,
        case when is_of_all_services and measure != 'people_seen' then service end as service,
        band as wait_band
    from united
)

select * from measured
