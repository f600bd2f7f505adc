with

area_names as (
    select * from {{ ref('int_areas__listed') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

-- Who has ended keeps its last name; a name that begins later is none yet.
named as (
    select
        area_names.area_code,
        max_by(area_names.area_name, coalesce(area_names.valid_from, date '0001-01-01'))
            as area_name,
        max_by(area_names.kind, coalesce(area_names.valid_from, date '0001-01-01')) as kind
    from area_names
    inner join settings on coalesce(area_names.valid_from, date '0001-01-01') <= settings.as_at
    group by area_names.area_code
)

select * from named
