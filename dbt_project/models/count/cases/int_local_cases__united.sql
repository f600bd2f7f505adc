-- Made by `lasp contracts` from the models beside it, int_*_cases__measured.
with

cases as (
    select * from {{ ref('int_advice_cases__measured') }}
    union all by name
    select * from {{ ref('int_ap_census_cases__measured') }}
    union all by name
    select * from {{ ref('int_appeals_cases__measured') }}
    union all by name
    select * from {{ ref('int_attainment_cases__measured') }}
    union all by name
    select * from {{ ref('int_attendance_cases__measured') }}
    union all by name
    select * from {{ ref('int_cme_ehe_cases__measured') }}
    union all by name
    select * from {{ ref('int_complaints_cases__measured') }}
    union all by name
    select * from {{ ref('int_dynamic_support_cases__measured') }}
    union all by name
    select * from {{ ref('int_ehc_cases__measured') }}
    union all by name
    select * from {{ ref('int_ehcp_qa_cases__measured') }}
    union all by name
    select * from {{ ref('int_equipment_cases__measured') }}
    union all by name
    select * from {{ ref('int_exclusions_cases__measured') }}
    union all by name
    select * from {{ ref('int_fft_cases__measured') }}
    union all by name
    select * from {{ ref('int_health_visiting_cases__measured') }}
    union all by name
    select * from {{ ref('int_ld_health_checks_cases__measured') }}
    union all by name
    select * from {{ ref('int_newborn_screening_cases__measured') }}
    union all by name
    select * from {{ ref('int_part_time_timetables_cases__measured') }}
    union all by name
    select * from {{ ref('int_plan_preparations_cases__measured') }}
    union all by name
    select * from {{ ref('int_post16_cases__measured') }}
    union all by name
    select * from {{ ref('int_record_cases__measured') }}
    union all by name
    select * from {{ ref('int_referral_cases__measured') }}
    union all by name
    select * from {{ ref('int_review_cases__measured') }}
    union all by name
    select * from {{ ref('int_school_census_cases__measured') }}
    union all by name
    select * from {{ ref('int_service_scorecard_cases__measured') }}
    union all by name
    select * from {{ ref('int_social_care_cases__measured') }}
    union all by name
    select * from {{ ref('int_sufficiency_cases__measured') }}
    union all by name
    select * from {{ ref('int_surveys_cases__measured') }}
    union all by name
    select * from {{ ref('int_transition_cases__measured') }}
    union all by name
    select * from {{ ref('int_work_pathways_cases__measured') }}
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
