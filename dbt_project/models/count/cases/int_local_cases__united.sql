-- Made by `lasp contracts` from the models beside it, int_*_cases__measured.
with

cases as (
    select * from {{ ref('int_advice_cases__measured') }}
    union all by name
    select * from {{ ref('int_ehc_cases__measured') }}
    union all by name
    select * from {{ ref('int_part_time_timetables_cases__measured') }}
    union all by name
    select * from {{ ref('int_post16_cases__measured') }}
    union all by name
    select * from {{ ref('int_record_cases__measured') }}
    union all by name
    select * from {{ ref('int_referral_cases__measured') }}
    union all by name
    select * from {{ ref('int_review_cases__measured') }}
    union all by name
    select * from {{ ref('int_service_scorecard_cases__measured') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

united as (
    select
        cases.*,
        age_bands.band as age_band
    from cases
    left join age_bands
        on
            cases.age >= age_bands.from_age
            and cases.age <= coalesce(age_bands.to_age, cases.age)
)

select * from united
