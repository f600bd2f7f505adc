with

young_people as (
    select * from {{ ref('stg_ccis__young_people') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
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

-- Academic years begin on 1 September: the age on 31 August before it holds to the next.
snapshots as (
    select
        young_people.* exclude (academic_age),
        used.feed,
        used.sender,
        young_people.send_flag as has_ehcp,
        used.period_end as census_date,
        {{ academic_age('young_people.birth_month', 'used.period_end') }} as academic_age,
        coalesce(young_people.activity_review_date >= used.period_end, true) as is_current
    from young_people
    inner join used on young_people.submission_id = used.submission_id
),

described as (
    select
        snapshots.*,
        people.person_id,
        activities.activity_group,
        activities.is_in_16_17_cohort,
        coalesce(snapshots.la_code != senders.la_code, false) as is_of_other_authority,
        case
            when not activities.is_in_16_17_cohort then null
            when not snapshots.is_current then 'not_known'
            when
                snapshots.activity_code = '550'
                and {{ choice('nccis_550') }} = 'participating'
                then 'eet'
            else activities.position
        end as position,
        case
            when not snapshots.is_current then false
            when snapshots.activity_code = '550' then {{ choice('nccis_550') }} = 'participating'
            else coalesce(activities.is_participating, false)
        end as is_participating
    from snapshots
    inner join activities on snapshots.activity_code = activities.code
    left join senders on snapshots.sender = senders.sender
    left join people
        on
            snapshots.feed = people.feed
            and snapshots.submission_id = people.submission_id
            and snapshots.source_row = people.source_row
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
        offer_flag as has_offer,
        intended_destination is not null as has_intended_destination
    from placed
)

select * from post16_status
