with

people as (
    select * from {{ ref('int_people__resolved') }}
),

persons as (
    select * from {{ rows_to_read('stg_sen2_ehc__person') }}
),

requests as (
    select * from {{ rows_to_read('stg_sen2_ehc__requests') }}
),

assessments as (
    select * from {{ rows_to_read('stg_sen2_ehc__assessment') }}
),

named_plans as (
    select * from {{ rows_to_read('stg_sen2_ehc__namedplan') }}
),

open_plans as (
    select * from {{ ref('int_ehc_open_plans__described') }}
),

-- The first plan is the initial one; without any, the newest assessment is taken for the request.
results as (
    select
        assessments.*,
        named_plans.namedplantableid,
        named_plans.startdate,
        named_plans.startdate_age
    from assessments
    left join named_plans
        on
            assessments.submission_id = named_plans.submission_id
            and assessments.assessmenttableid = named_plans.assessmenttableid
    qualify
        row_number() over (
            partition by assessments.submission_id, assessments.requeststableid
            order by
                named_plans.namedplantableid is null asc,
                named_plans.startdate asc nulls last,
                assessments.assessmentoutcomedate desc nulls last,
                assessments.source_row asc,
                named_plans.source_row asc
        ) = 1
),

-- A refusal that was conceded or overturned keeps its outcome, and an assessment follows it. An
-- empty record says so only where there was a dispute: some systems write one for every request.
under_way as (
    select
        requests.submission_id,
        requests.requeststableid
    from requests
    inner join assessments
        on
            requests.submission_id = assessments.submission_id
            and requests.requeststableid = assessments.requeststableid
    group by requests.submission_id, requests.requeststableid
    having
        bool_or(assessments.assessmentoutcome in ('A', 'Y'))
        or bool_or(assessments.assessmentoutcomedate > requests.census_date)
        or bool_or(assessments.assessmentoutcome is null)
        and bool_or(
            requests.requestmediation
            or requests.requesttribunal
            or assessments.assessmentmediation
            or assessments.assessmenttribunal
        )
),

joined as (
    select
        requests.submission_id,
        requests.sender,
        requests.source_row,
        persons.source_row as person_row,
        requests.requeststableid,
        requests.case_id,
        people.person_id,
        persons.sex,
        persons.ethnicity as ethnicity_group,
        requests.requestsource as request_source,
        requests.requestoutcome as request_outcome,
        results.assessmentoutcome as assessment_outcome,
        results.week20_ground as exception_ground,
        open_plans.primary_need,
        open_plans.setting_type,
        requests.apdr_cycles_evidenced as evidenced_cycle_count,
        coalesce(results.week20, false) as has_exception,
        coalesce(
            requests.requestmediation
            or requests.requesttribunal
            or results.assessmentmediation
            or results.assessmenttribunal,
            false
        ) as was_disputed,
        coalesce(requests.requestoutcome = 'H' or results.assessmentoutcome = 'H', false)
            as is_historical,
        coalesce(requests.exported, false) as is_exported,
        coalesce(open_plans.is_transferred_in, false) as is_transferred_in,
        open_plans.requeststableid is not null as has_open_plan,
        results.namedplantableid is not null as has_named_plan,
        under_way.requeststableid is not null as is_assessment_under_way,
        requests.census_date,
        persons.birth_month,
        requests.receiveddate as request_date,
        requests.requestoutcomedate as decision_date,
        results.assessmentoutcomedate as assessment_decision_date,
        results.startdate as final_plan_date,
        requests.receiveddate_age as request_age,
        requests.requestoutcomedate_age as decision_age,
        results.assessmentoutcomedate_age as assessment_decision_age,
        results.startdate_age as final_plan_age
    from requests
    left join persons
        on
            requests.submission_id = persons.submission_id
            and requests.persontableid = persons.persontableid
    left join people
        on
            persons.submission_id = people.submission_id
            and persons.source_row = people.source_row
    left join results
        on
            requests.submission_id = results.submission_id
            and requests.requeststableid = results.requeststableid
    left join open_plans
        on
            requests.submission_id = open_plans.submission_id
            and requests.requeststableid = open_plans.requeststableid
    left join under_way
        on
            requests.submission_id = under_way.submission_id
            and requests.requeststableid = under_way.requeststableid
)

select * from joined
