with

sources as (
    select * from {{ ref('int_cohort_sources__placed') }}
    where submission_id is not null
),

cases as (
    select * from {{ ref('int_cohort_cases__resolved') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
    where is_waiting
),

people as (
    select * from {{ ref('int_people__resolved') }}
    where link = 'map'
),

-- Who has no valid identifier is one person a case: there is nothing to tell two apart by.
casework as (
    select
        submission_id,
        person_id,
        coalesce(person_id, sender || ' ' || case_key) as person_key,
        kind = 'plan' as has_plan,
        kind = 'assessment' as is_in_assessment
    from cases
    where kind in ('plan', 'assessment')
),

-- Of a council's row the map alone knows the NHS number.
mapped as (
    select distinct
        submission_id,
        person_id
    from people
),

base as (
    select
        sources.area_code,
        casework.person_key,
        any_value(casework.person_id) as person_id,
        bool_or(casework.has_plan) as has_plan,
        bool_or(casework.is_in_assessment) as is_in_assessment,
        bool_or(mapped.person_id is not null) as is_mapped,
        sources.period_start,
        sources.period_end
    from sources
    inner join casework
        on sources.source = 'casework' and sources.submission_id = casework.submission_id
    left join mapped
        on
            casework.submission_id = mapped.submission_id
            and casework.person_id = mapped.person_id
    group by all
),

needing as (
    select
        sources.area_code,
        sources.period_start,
        sources.source,
        service_waits.person_id
    from sources
    inner join service_waits
        on
            sources.submission_id = service_waits.submission_id
            and sources.source = lower(service_waits.service)
    where service_waits.person_id is not null
    union
    select
        sources.area_code,
        sources.period_start,
        sources.source,
        cases.person_id
    from sources
    inner join cases
        on sources.source = cases.kind and sources.submission_id = cases.submission_id
    where cases.kind = 'neet' and cases.person_id is not null
),

needs_of_people as (
    select
        area_code,
        period_start,
        person_id,
        count(*) as need_count,
        bool_or(source = 'slt') as waits_for_slt,
        bool_or(source = 'nd') as waits_for_nd,
        bool_or(source = 'branch') as waits_for_branch,
        bool_or(source = 'neet') as is_neet
    from needing
    group by area_code, period_start, person_id
),

found as (
    select
        base.area_code,
        base.person_key,
        base.person_id,
        coalesce(needs_of_people.need_count, 0) as need_count,
        base.has_plan,
        base.is_in_assessment,
        base.is_mapped,
        coalesce(needs_of_people.waits_for_slt, false) as waits_for_slt,
        coalesce(needs_of_people.waits_for_nd, false) as waits_for_nd,
        coalesce(needs_of_people.waits_for_branch, false) as waits_for_branch,
        coalesce(needs_of_people.is_neet, false) as is_neet,
        base.period_start,
        base.period_end
    from base
    left join needs_of_people
        on
            base.area_code = needs_of_people.area_code
            and base.period_start = needs_of_people.period_start
            and base.person_id = needs_of_people.person_id
)

select * from found
