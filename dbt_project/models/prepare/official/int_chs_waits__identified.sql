with

cells as (
    select * from {{ ref('stg_chs_waits__cells') }}
),

area_names as (
    select * from {{ ref('int_areas__listed') }}
),

named as (
    select distinct
        submission_id,
        geo_level,
        org_code as published_code,
        org_name
    from cells
),

organisations as (
    select
        *,
        {{ normalised_name('org_name') }} as org_match_name
    from named
),

-- A name that other editions give to two organisations identifies neither.
learned as (
    select
        geo_level,
        org_match_name,
        min(published_code) as org_code
    from organisations
    where published_code is not null
    group by geo_level, org_match_name
    having count(distinct published_code) = 1
),

listed as (
    select
        case kind when 'nhs_region' then 'region' else kind end as geo_level,
        {{ normalised_name('area_name') }} as org_match_name,
        min(area_code) as org_code
    from area_names
    group by all
    having count(distinct area_code) = 1
),

resolved as (
    select
        organisations.*,
        case
            when organisations.geo_level = 'national' then '{{ var("country") }}'
            else coalesce(organisations.published_code, learned.org_code, listed.org_code)
        end as org_code
    from organisations
    left join learned
        on
            organisations.geo_level = learned.geo_level
            and organisations.org_match_name = learned.org_match_name
    left join listed
        on
            organisations.geo_level = listed.geo_level
            and organisations.org_match_name = listed.org_match_name
),

identified as (
    select
        *,
        coalesce(org_code, org_match_name) as org_key
    from resolved
)

select * from identified
