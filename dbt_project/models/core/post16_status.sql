with

young_people as (
    select * from {{ rows_to_read('stg_ccis__young_people') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

activities as (
    select * from {{ ref('post16_activities') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

cohort_statuses as (
    select * from {{ ref('cohort_statuses') }}
),

guarantee_statuses as (
    select * from {{ ref('guarantee_statuses') }}
),

intended_destinations as (
    select * from {{ ref('intended_destinations') }}
),

-- Academic years begin on 1 September: the age on 31 August before it holds to the next. What the
-- return says of its currency goes before the day on which it was due to lapse.
snapshots as (
    select
        * exclude (academic_age, cohort_status),
        send_flag as has_ehcp,
        {{ academic_age('birth_month', 'census_date') }} as academic_age,
        coalesce(cohort_status, 'P') as cohort_status,
        not coalesce(
            currency_lapsed,
            due_to_lapse_date < census_date,
            false
        ) as is_current
    from young_people
),

-- The guarantee is that of Years 11 and 12 from April on, from September of those who left them.
guaranteed as (
    select
        snapshots.*,
        nullif(cohort_statuses.counts_as, 'in_cohort') as cohort_exclusion,
        coalesce(snapshots.la_code != senders.la_code, false) as is_of_other_authority,
        case snapshots.academic_age - if(month(snapshots.census_date) between 4 and 8, 15, 16)
            when 0 then coalesce(snapshots.guarantee_status_y11, snapshots.guarantee_status)
            when 1 then coalesce(snapshots.guarantee_status_y12, snapshots.guarantee_status)
        end as guarantee_code
    from snapshots
    left join cohort_statuses on snapshots.cohort_status = cohort_statuses.code
    left join senders on snapshots.sender = senders.sender
),

-- Of the rows of one person in one return one counts: one that knows what they do, of several the
-- one of the activity that began last, then the first.
ordered as (
    select
        guaranteed.*,
        row_number() over (
            partition by guaranteed.submission_id
            order by
                guaranteed.cohort_exclusion is not null or guaranteed.is_of_other_authority asc,
                not guaranteed.is_current or coalesce(activities.position = 'not_known', false) asc,
                guaranteed.activity_start desc nulls last,
                guaranteed.source_row asc
        ) as preference
    from guaranteed
    left join activities on guaranteed.activity_code = activities.code
),

told_apart as (
    select
        *,
        cohort_exclusion is null
        and (
            preference > min(preference) over (partition by submission_id, young_person_id)
            or (
                upn_id is not null
                and preference > min(preference) over (partition by submission_id, upn_id)
            )
            or (
                uln_id is not null
                and preference > min(preference) over (partition by submission_id, uln_id)
            )
        ) as is_repeated
    from ordered
),

described as (
    select
        told_apart.*,
        people.person_id,
        activities.activity_group,
        coalesce(activities.is_in_16_17_cohort, false) as is_in_16_17_cohort,
        case
            when told_apart.cohort_exclusion is not null or told_apart.is_repeated then null
            when not activities.is_in_16_17_cohort then null
            when not told_apart.is_current then 'not_known'
            when
                told_apart.activity_code = '550'
                and {{ choice('nccis_550') }} = 'participating'
                then 'eet'
            else activities.position
        end as position,
        case
            when told_apart.cohort_exclusion is not null or told_apart.is_repeated then false
            when not told_apart.is_current then false
            when told_apart.activity_code = '550' then {{ choice('nccis_550') }} = 'participating'
            else coalesce(activities.is_participating, false)
        end as is_participating,
        coalesce(guarantee_statuses.is_offer, told_apart.offer_flag) as has_offer,
        told_apart.intended_destination is not null
        and coalesce(intended_destinations.is_destination, true) as has_intended_destination
    from told_apart
    left join activities on told_apart.activity_code = activities.code
    left join guarantee_statuses on told_apart.guarantee_code = guarantee_statuses.code
    left join intended_destinations
        on cast(told_apart.intended_destination as varchar) = intended_destinations.code
    left join people
        on
            told_apart.feed = people.feed
            and told_apart.submission_id = people.submission_id
            and told_apart.source_row = people.source_row
),

-- Academic ages: Year 11 is 15, so who leaves it or Year 12 is 16 or 17 from September on.
placed as (
    select
        *,
        {{ not_of_cohort(16, 17) }} as exclusion_reason,
        {{ not_of_cohort(18, 24, with_plan_only=true) }} as plan_18_25_exclusion,
        {{ not_of_cohort(16, 24, with_plan_only=true) }} as plan_16_24_exclusion,
        {{ not_of_cohort(16, 17, whatever_they_do=true) }} as leaver_exclusion,
        {{ not_of_cohort(15, 15, with_plan_only=true, whatever_they_do=true) }}
            as year_11_plan_exclusion
    from described
),

post16_status as (
    select
        person_id,
        census_date,
        academic_age,
        has_ehcp,
        activity_code,
        is_current,
        position,
        exclusion_reason is null as counts_in_denominator,
        exclusion_reason,
        submission_id,
        sender,
        source_row,
        young_person_id,
        cohort_status,
        plan_18_25_exclusion,
        plan_16_24_exclusion,
        leaver_exclusion,
        year_11_plan_exclusion,
        date_sub('year', birth_month, census_date) as age_at_census,
        is_participating,
        plan_18_25_exclusion is null as counts_in_plan_18_25,
        plan_16_24_exclusion is null as counts_in_plan_16_24,
        leaver_exclusion is null as counts_as_leaver,
        year_11_plan_exclusion is null as counts_in_year_11_plan,
        has_offer,
        has_intended_destination
    from placed
)

select * from post16_status
