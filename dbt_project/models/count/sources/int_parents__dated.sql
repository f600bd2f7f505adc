with

area_names as (
    select * from {{ ref('int_areas__listed') }}
),

area_successors as (
    select * from {{ ref('area_successors') }}
),

-- Each parent holds to the day before the next row of the area; an area that has ended keeps it.
stated as (
    select
        area_code,
        parent_code,
        coalesce(valid_from, date '0001-01-01') as valid_from,
        coalesce(
            lead(valid_from) over (partition by area_code order by valid_from nulls first)
            - interval 1 day,
            date '9999-12-31'
        ) as valid_to
    from area_names
),

-- Which successor has the parts of an area that was divided is not known from its own rows.
continued as (
    select
        area_code,
        if(count(*) = 1, min(successor_code), null) as successor_code,
        min(valid_from) as valid_from
    from area_successors
    group by area_code
),

before as (
    select
        stated.area_code,
        stated.parent_code,
        stated.valid_from,
        least(stated.valid_to, continued.valid_from - interval 1 day) as valid_to
    from stated
    left join continued on stated.parent_code = continued.area_code
),

since as (
    select
        stated.area_code,
        continued.successor_code as parent_code,
        greatest(stated.valid_from, continued.valid_from) as valid_from,
        stated.valid_to
    from stated
    inner join continued on stated.parent_code = continued.area_code
),

parents as (
    select * from before
    union all
    select * from since
),

dated as (
    select
        area_code,
        parent_code,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to
    from parents
    where parent_code is not null and valid_from <= valid_to
)

select * from dated
