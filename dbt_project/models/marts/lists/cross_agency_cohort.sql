with

months as (
    select * from {{ ref('int_months__reported') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

sources as (
    select * from {{ ref('int_cohort_sources__placed') }}
),

people as (
    select * from {{ ref('int_cohort_people__found') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
    where is_waiting
),

cases as (
    select * from {{ ref('int_cohort_cases__resolved') }}
    where kind = 'neet'
),

-- The local area has its rows for every month, whoever delivered.
areas as (
    select
        area_code,
        area_name
    from area_names
    union
    select
        area_code,
        area_name
    from sources
    where source = 'casework'
),

stages as (
    select unnest(['plan', 'assessment', 'either']) as stage
),

-- Each need rests on the casework, on the map that links it, and on the lists that show it.
needs as (
    select unnest(['slt', 'nd', 'branch', 'neet', 'any', 'two_or_more']) as need
),

kinds as (
    select unnest(['casework', 'map', 'slt', 'nd', 'branch', 'neet']) as source
),

rested as (
    select
        needs.need,
        kinds.source
    from needs
    inner join kinds
        on
            needs.need in ('any', 'two_or_more')
            or kinds.source in ('casework', 'map')
            or needs.need = kinds.source
),

listed as (
    select
        sources.area_code,
        sources.source,
        sources.period_start,
        service_waits.person_id
    from sources
    inner join service_waits
        on
            sources.submission_id = service_waits.submission_id
            and sources.source = lower(service_waits.service)
    union all
    select
        sources.area_code,
        sources.source,
        sources.period_start,
        cases.person_id
    from sources
    inner join cases
        on sources.source = cases.kind and sources.submission_id = cases.submission_id
),

list_counts as (
    select
        area_code,
        source,
        period_start,
        count(person_id) as identified_count,
        count(*) - count(person_id) as unidentified_count
    from listed
    group by area_code, source, period_start
),

gathered as (
    select
        areas.area_code,
        areas.area_name,
        months.period_start,
        months.period_end,
        kinds.source,
        count(sources.source) as source_count,
        count(sources.submission_id) as delivered_count,
        bool_or(sources.gap = 'delivery_refused') as has_refused,
        min(sources.gap) as gap,
        list(sources.submission_id) filter (where sources.submission_id is not null)
            as submission_ids,
        max(sources.known_on) as known_on
    from areas
    cross join months
    cross join kinds
    left join sources
        on
            areas.area_code = sources.area_code
            and months.period_start = sources.period_start
            and kinds.source = sources.source
    group by all
),

-- Every delivery is owed but a map: where none is, there is nothing to link by.
judged_sources as (
    select
        *,
        case
            when source_count = 0 and source = 'map' then 'no_identity_map'
            when has_refused then 'delivery_refused'
            when source_count = 0 or delivered_count < source_count then 'not_received'
            else gap
        end as reason
    from gathered
),

-- Without a map nothing is known of any need: a child of the council's may be two there.
judged as (
    select
        judged_sources.area_code,
        judged_sources.area_name,
        judged_sources.period_start,
        judged_sources.period_end,
        rested.need,
        coalesce(
            min(judged_sources.reason) filter (where judged_sources.source = 'casework'),
            min(judged_sources.reason) filter (where judged_sources.reason = 'no_identity_map'),
            min(judged_sources.reason) filter (where judged_sources.reason = 'delivery_refused'),
            min(judged_sources.reason) filter (where judged_sources.reason = 'not_received'),
            min(judged_sources.reason)
        ) as status_reason,
        coalesce(sum(list_counts.identified_count), 0) as identified_count,
        coalesce(sum(list_counts.unidentified_count), 0) as unidentified_count,
        array_to_string(
            list_sort(list_distinct(flatten(list(judged_sources.submission_ids)))), ' '
        ) as submission_ids,
        max(judged_sources.known_on) as known_on
    from rested
    inner join judged_sources on rested.source = judged_sources.source
    left join list_counts
        on
            judged_sources.area_code = list_counts.area_code
            and judged_sources.source = list_counts.source
            and judged_sources.period_start = list_counts.period_start
    group by all
),

-- Who is not in the map can still be seen to be NEET, and so to have one need at least: both rows
-- are the council's.
counted as (
    select
        judged.area_code,
        judged.need,
        stages.stage,
        judged.period_start,
        count(people.person_key) as base_count,
        count(people.person_key) filter (
            where people.is_mapped
            or (judged.need = 'neet' and people.person_id is not null)
            or (judged.need in ('any', 'two_or_more') and people.is_neet)
        ) as linked_count,
        count(people.person_key) filter (
            where case judged.need
                when 'slt' then people.waits_for_slt
                when 'nd' then people.waits_for_nd
                when 'branch' then people.waits_for_branch
                when 'neet' then people.is_neet
                when 'any' then people.need_count > 0
                when 'two_or_more' then people.need_count > 1
            end
        ) as person_count
    from judged
    cross join stages
    left join people
        on
            judged.area_code = people.area_code
            and judged.period_start = people.period_start
            and case stages.stage
                when 'plan' then people.has_plan
                when 'assessment' then people.is_in_assessment
                else true
            end
    group by judged.area_code, judged.need, stages.stage, judged.period_start
),

cross_agency_cohort as (
    select
        judged.period_start,
        judged.period_end,
        judged.area_code,
        counted.stage,
        judged.need,
        judged.area_name,
        if(judged.status_reason is null, counted.person_count, null) as person_count,
        if(judged.status_reason is null, counted.base_count, null) as base_count,
        if(judged.status_reason is null, counted.linked_count, null) as linked_count,
        if(judged.status_reason is null, counted.base_count - counted.linked_count, null)
            as not_linked_count,
        if(judged.status_reason is null, cast(judged.identified_count as bigint), null)
            as identified_need_count,
        if(judged.status_reason is null, cast(judged.unidentified_count as bigint), null)
            as unidentified_need_count,
        if(judged.status_reason is null, 'value', 'not_available') as value_status,
        judged.status_reason,
        nullif(judged.submission_ids, '') as submission_ids,
        judged.known_on
    from judged
    inner join counted
        on
            judged.area_code = counted.area_code
            and judged.need = counted.need
            and judged.period_start = counted.period_start
)

select * from cross_agency_cohort
