-- Made by `lasp contracts` from the contracts; edit ingest/contracts/ instead.
with

delivered as (
    select distinct
        submission_id,
        scorecard_measure as list
    from {{ ref('stg_service_scorecard__measures') }}
    union all
    select distinct
        submission_id,
        service as list
    from {{ ref('stg_therapy_ptl__referrals') }}
)

select * from delivered
