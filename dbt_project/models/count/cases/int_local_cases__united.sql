with

plans as (
    select * from {{ ref('int_ehc_cases__measured') }}
),

reviews as (
    select * from {{ ref('int_review_cases__measured') }}
),

advice as (
    select * from {{ ref('int_advice_cases__measured') }}
),

referrals as (
    select * from {{ ref('int_referral_cases__measured') }}
),

young_people as (
    select * from {{ ref('int_post16_cases__measured') }}
),

age_bands as (
    select * from {{ ref('age_bands') }}
),

cases as (
    select * from plans
    union all by name
    select * from reviews
    union all by name
    select * from advice
    union all by name
    select * from referrals
    union all by name
    select * from young_people
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
