with

area_names as (
    select * from {{ ref('int_areas__listed') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

organisations as (
    select * from {{ ref('int_chs_waits__identified') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

-- Areas first met in a delivery: demonstration areas, senders, organisations newly published.
met as (
    select
        area_code,
        area_name,
        'local_authority' as kind,
        'area of a sender' as source
    from senders
    union
    select
        sender as area_code,
        sender_name as area_name,
        'provider' as kind,
        'sender of a delivery' as source
    from senders
    where is_area
    union
    select
        organisations.org_code as area_code,
        max_by(organisations.org_name, used.period_end) as area_name,
        if(organisations.geo_level = 'region', 'nhs_region', organisations.geo_level) as kind,
        'named by a publication' as source
    from organisations
    inner join used on organisations.submission_id = used.submission_id
    where organisations.org_code is not null
    group by organisations.org_code, organisations.geo_level
),

unlisted as (
    select met.*
    from met
    anti join area_names on met.area_code = area_names.area_code
    qualify row_number() over (partition by met.area_code order by met.source) = 1
),

areas as (
    select * from area_names
    union all by name
    select * from unlisted
)

select * from areas
