with

cases as (
    select * from {{ ref('int_cohort_cases__gathered') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

resolved as (
    select
        cases.submission_id,
        used.sender,
        cases.kind,
        cases.case_key,
        people.person_id
    from cases
    inner join used on cases.submission_id = used.submission_id
    left join people
        on
            cases.submission_id = people.submission_id
            and cases.person_row = people.source_row
)

select * from resolved
