with

statuses as (
    {{ newest_rows('post16_status', "'ccis'") }}
),

people as (
    {{ people_of_casework() }}
)

select
    statuses.person_id as person_pseudonym,
    statuses.age_at_census as age,
    statuses.academic_age,
    people.sex,
    people.ethnicity_group,
    people.primary_need,
    statuses.position,
    statuses.activity_code,
    statuses.is_current as is_record_current,
    statuses.census_date as snapshot_date,
    statuses.sender
from statuses
left join people on statuses.person_id = people.person_id
where statuses.has_ehcp and statuses.position in ('neet', 'not_known')
order by statuses.position, statuses.academic_age, statuses.sender, statuses.young_person_id
