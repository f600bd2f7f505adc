with

therapy_referrals as (
    select * from {{ ref('stg_therapy_ptl__referrals') }}
),

nd_referrals as (
    select * from {{ ref('stg_nd_pathway__referrals') }}
),

mental_health_referrals as (
    select * from {{ ref('stg_cyp_mh__referrals') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

lists as (
    select list from {{ ref('lists') }}
),

therapy as (
    select
        submission_id,
        feed,
        sender,
        referral_id,
        service,
        provider_code,
        referral_outcome,
        source_row,
        true as is_referral,
        census_date,
        birth_month,
        referral_received_date,
        referral_received_date_age as referral_age,
        referral_outcome_date,
        referral_outcome_date_age as outcome_age,
        first_contact_date,
        first_contact_date_age as first_contact_age,
        clock_stop_date,
        discharge_date as closed_date,
        signposted_date,
        support_offered_date,
        last_family_contact_date
    from therapy_referrals
),

neurodevelopmental as (
    select
        submission_id,
        feed,
        sender,
        referral_id,
        'ND' as service,
        provider_code,
        pathway,
        referral_outcome,
        diagnosis,
        source_row,
        true as is_referral,
        right_to_choose as is_right_to_choose,
        census_date,
        birth_month,
        referral_received_date,
        referral_received_date_age as referral_age,
        referral_outcome_date,
        referral_outcome_date_age as outcome_age,
        first_attended_contact_date as first_contact_date,
        first_attended_contact_date_age as first_contact_age,
        assessment_complete_date,
        assessment_complete_date_age as assessment_age,
        closed_date,
        signposted_date,
        support_offered_date,
        nd_profile_date,
        nd_profile_date_age as profile_age
    from nd_referrals
),

mental_health as (
    select
        submission_id,
        feed,
        sender,
        referral_id,
        upper(service) as service,
        case accepted when true then 'accepted' when false then 'not_accepted' end
            as referral_outcome,
        contacts_in_month,
        source_row,
        coalesce(record_type, 'referral') = 'referral' as is_referral,
        census_date,
        birth_month,
        referral_received_date,
        referral_received_date_age as referral_age,
        digital_assessment_date,
        digital_assessment_date_age as digital_assessment_age,
        triage_date as referral_outcome_date,
        triage_date_age as outcome_age,
        first_contact_date,
        first_contact_date_age as first_contact_age,
        closed_date,
        signposted_date,
        support_offered_date
    from mental_health_referrals
),

referrals as (
    select * from therapy
    union all by name
    select * from neurodevelopmental
    union all by name
    select * from mental_health
),

-- A sender whose code is that of a list keeps this list alone, so a blank service is its own.
snapshots as (
    select
        referrals.* replace (
            coalesce(
                referrals.service,
                if(referrals.sender in (select lists.list from lists), referrals.sender, 'CAMHS')
            ) as service
        ),
        people.person_id,
        case when referrals.referral_outcome = 'not_accepted' then referrals.referral_outcome_date
        end as not_accepted_date,
        coalesce(
            referrals.referral_outcome = 'not_accepted'
            and referrals.referral_outcome_date is null,
            false
        ) as was_turned_down_before
    from referrals
    left join people
        on
            referrals.feed = people.feed
            and referrals.submission_id = people.submission_id
            and referrals.source_row = people.source_row
),

-- The earliest of the ways off the list; least() passes over the dates that are missing.
clocks as (
    select
        *,
        is_referral and referral_received_date <= census_date as is_counted,
        least(first_contact_date, clock_stop_date, closed_date, not_accepted_date) as stopped_date,
        least(closed_date, not_accepted_date) as left_date
    from snapshots
),

-- Who was turned down on a day that nobody wrote down had been when the list was drawn.
measured as (
    select
        *,
        is_counted
        and not was_turned_down_before
        and (stopped_date is null or stopped_date > census_date) as is_waiting,
        is_counted
        and not was_turned_down_before
        and (left_date is null or left_date > census_date) as is_open,
        date_diff('day', referral_received_date, least(census_date, stopped_date)) as waited_days,
        coalesce(
            support_offered_date > referral_received_date and support_offered_date <= census_date,
            false
        ) as is_offered_support,
        coalesce(
            nd_profile_date > referral_received_date and nd_profile_date <= census_date, false
        ) as has_profile,
        -- Therapy services also record when they last spoke with the family.
        feed != 'therapy_ptl' or coalesce(
            last_family_contact_date <= census_date
            and date_diff('day', last_family_contact_date, census_date)
            <= {{ parameter('recent_contact_days') }},
            false
        ) as is_in_contact
    from clocks
),

service_waits as (
    select
        measured.referral_id,
        measured.person_id,
        measured.service,
        coalesce(measured.provider_code, measured.sender) as provider_code,
        measured.census_date,
        measured.referral_received_date,
        measured.stopped_date as clock_stop_date,
        measured.is_waiting,
        measured.waited_days,
        wait_bands.band as wait_band,
        measured.is_offered_support and measured.is_in_contact or measured.has_profile
            as has_support_while_waiting,
        measured.referral_outcome as outcome,
        measured.signposted_date,
        case
            when not measured.is_referral then 'not_a_referral'
            when measured.referral_received_date > measured.census_date
                then 'received_after_census'
            when measured.stopped_date < measured.referral_received_date
                then 'stopped_before_received'
        end as exclusion_reason,
        measured.feed,
        measured.pathway,
        measured.is_open,
        measured.submission_id,
        measured.sender,
        measured.source_row,
        measured.first_contact_date,
        measured.referral_outcome_date,
        date_sub('year', measured.birth_month, measured.census_date) as age_at_census,
        measured.birth_month,
        measured.diagnosis,
        measured.contacts_in_month,
        measured.has_profile,
        measured.is_right_to_choose,
        measured.assessment_complete_date,
        measured.digital_assessment_date,
        measured.nd_profile_date,
        measured.referral_age,
        measured.outcome_age,
        measured.first_contact_age,
        measured.assessment_age,
        measured.profile_age,
        measured.digital_assessment_age
    from measured
    left join wait_bands
        on
            measured.is_waiting
            and wait_bands.part_of is null
            and measured.waited_days >= wait_bands.from_day
            and measured.waited_days <= coalesce(wait_bands.to_day, measured.waited_days)
)

select * from service_waits
