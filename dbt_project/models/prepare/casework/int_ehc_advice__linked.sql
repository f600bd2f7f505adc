with

advice as (
    select * from {{ rows_to_read('stg_ehc_advice__advice') }}
),

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'sen2_ehc'
),

assessments as (
    select * from {{ rows_to_read('stg_sen2_ehc__assessment') }}
),

named_plans as (
    select * from {{ rows_to_read('stg_sen2_ehc__namedplan') }}
),

plan_settings as (
    select * from {{ rows_to_read('stg_sen2_ehc__plandetail') }}
),

closures as (
    select * from {{ ref('int_school_closures__windowed') }}
),

-- The newest request of the case that came before the advice was asked for.
linked as (
    select
        advice.*,
        requests.submission_id as casework_submission_id,
        requests.requeststableid,
        requests.request_date
    from advice
    left join paired on advice.submission_id = paired.submission_id
    left join requests
        on
            paired.other_submission_id = requests.submission_id
            and advice.case_id = requests.case_id
            and advice.requested_date >= requests.request_date
    qualify
        row_number() over (
            partition by advice.submission_id, advice.advice_id
            order by requests.request_date desc nulls last, requests.source_row asc
        ) = 1
),

-- The only setting that the casework knows of a case is the one that its plan names.
named_settings as (
    select
        assessments.submission_id,
        assessments.requeststableid,
        min(plan_settings.urn) as named_urn
    from assessments
    inner join named_plans
        on
            assessments.submission_id = named_plans.submission_id
            and assessments.assessmenttableid = named_plans.assessmenttableid
    inner join plan_settings
        on
            named_plans.submission_id = plan_settings.submission_id
            and named_plans.namedplantableid = plan_settings.namedplantableid
            and plan_settings.placementrank = 1
    group by assessments.submission_id, assessments.requeststableid
    having count(distinct plan_settings.urn) = 1
),

asked as (
    select
        linked.*,
        closures.urn is not null as was_asked_in_closure
    from linked
    left join named_settings
        on
            linked.casework_submission_id = named_settings.submission_id
            and linked.requeststableid = named_settings.requeststableid
    left join closures
        on
            linked.advice_body = 'school'
            and named_settings.named_urn = closures.urn
            and linked.requested_date between closures.window_start and closures.window_end
            and linked.census_date >= closures.window_start
)

select * from asked
