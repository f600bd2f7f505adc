with

plans as (
    select * from {{ ref('int_ehc_cases__measured') }}
),

reviews as (
    select * from {{ ref('int_review_cases__measured') }}
),

referrals as (
    select * from {{ ref('int_referral_cases__measured') }}
),

young_people as (
    select * from {{ ref('int_post16_cases__measured') }}
),

cases as (
    select * from plans
    union all by name
    select * from reviews
    union all by name
    select * from referrals
    union all by name
    select * from young_people
)

select * from cases
