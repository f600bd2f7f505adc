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
        young_people.*,
        used.feed,
        used.sender,
        used.period_end as census_date,
        {{ academic_age('young_people.birth_month', 'used.period_end') }} as age_on_31_august,
        coalesce(young_people.activity_review_date >= used.period_end, true) as is_current
    from young_people
    inner join used on young_people.submission_id = used.submission_id
),

measured as (
    select
        snapshots.*,
        activities.activity_group,
        activities.is_in_16_17_cohort,
        case
            when not activities.is_in_16_17_cohort then null
            when not snapshots.is_current then 'not_known'
            when
                snapshots.activity_code = '550'
                and {{ parameter('nccis_550_is_neet') }} = 0
                then 'eet'
            else activities.position
        end as position,
        case
            when snapshots.la_code != senders.la_code then 'other_authority'
            when snapshots.age_on_31_august not between 16 and 17 then 'other_age'
            when activities.is_in_16_17_cohort then null
            when activities.activity_group = 'compulsory school age' then 'school_age_activity'
            when activities.activity_group = 'other' then 'custody'
            else 'other_activity'
        end as exclusion_reason
    from snapshots
    inner join activities on snapshots.activity_code = activities.code
    left join senders on snapshots.sender = senders.sender
),

post16_status as (
    select
        people.person_id,
        measured.census_date,
        measured.age_on_31_august as academic_age,
        measured.send_flag as has_ehcp,
        measured.activity_code,
        measured.is_current,
        measured.position,
        measured.exclusion_reason is null as counts_in_denominator,
        measured.exclusion_reason,
        measured.submission_id,
        measured.sender,
        measured.source_row,
        measured.young_person_id
    from measured
    left join people
        on
            measured.feed = people.feed
            and measured.submission_id = people.submission_id
            and measured.source_row = people.source_row
)

select * from post16_status
