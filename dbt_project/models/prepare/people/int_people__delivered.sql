-- Made by `lasp contracts` from the contracts; edit ingest/contracts/ instead.
with

delivered as (
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_annual_reviews__reviews') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_ap_census__placements') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_attainment__results') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_attendance__enrolments') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        uln_id,
        upn_id,
        census_date
    from {{ ref('stg_ccis__young_people') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_cme_ehe__spells') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_cyp_mh__referrals') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_dynamic_support__people') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_ehc_advice__advice') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_equipment__orders') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_exclusions__events') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_health_visiting__reviews') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_nd_pathway__referrals') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_part_time_timetables__timetables') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_school_census__pupils') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        uln_id,
        census_date
    from {{ ref('stg_sen2_ehc__person') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_social_care__spells') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        nhs_id,
        census_date
    from {{ ref('stg_therapy_ptl__referrals') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        census_date
    from {{ ref('stg_transition__moves') }}
    union all by name
    select
        feed,
        submission_id,
        source_row,
        upn_id,
        uln_id,
        census_date
    from {{ ref('stg_work_pathways__placements') }}
)

select * from delivered
