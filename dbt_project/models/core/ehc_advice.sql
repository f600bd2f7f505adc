with

used as (
    select * from {{ ref('int_submissions__used') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

advice as (
    select * from {{ ref('stg_ehc_advice__advice') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'sen2_ehc'
),

closures as (
    select * from {{ ref('int_school_closures__windowed') }}
),

-- The newest request of the case that came before the advice was asked for.
linked as (
    select
        advice.*,
        used.sender,
        people.person_id,
        assessments.assessment_id,
        used.period_end as census_date
    from advice
    inner join used on advice.submission_id = used.submission_id
    left join people
        on
            advice.submission_id = people.submission_id
            and advice.source_row = people.source_row
    left join paired on advice.submission_id = paired.submission_id
    left join assessments
        on
            paired.other_submission_id = assessments.submission_id
            and advice.case_id = assessments.case_id
            and advice.requested_date >= assessments.request_date
    qualify
        row_number() over (
            partition by advice.submission_id, advice.advice_id
            order by assessments.request_date desc nulls last, assessments.source_row asc
        ) = 1
),

-- The only setting that the casework knows of a case is the one that its plan names.
named_settings as (
    select
        assessment_id,
        min(named_urn) as named_urn
    from plans
    group by assessment_id
    having count(distinct named_urn) = 1
),

due as (
    select
        linked.*,
        closures.urn is not null as was_asked_in_closure,
        case
            when
                linked.not_required
                or list_contains(string_split(linked._not_applicable, ', '), 'received_date')
                then 'not_required'
        end as exclusion_reason,
        {{ last_day_within('linked.requested_date', 'advice_days') }} as due_date
    from linked
    left join named_settings on linked.assessment_id = named_settings.assessment_id
    left join closures
        on
            linked.advice_body = 'school'
            and named_settings.named_urn = closures.urn
            and linked.requested_date between closures.window_start and closures.window_end
),

-- What is due by the census date and has not come is late; before that nothing is known.
ehc_advice as (
    select
        advice_id,
        assessment_id,
        advice_body as body,
        requested_date,
        due_date,
        received_date,
        case
            when exclusion_reason is not null then null
            when received_date is not null then received_date <= due_date
            when due_date <= census_date then false
        end as is_within_6_weeks,
        person_id,
        submission_id,
        sender,
        source_row,
        case_id,
        provider_code,
        exception_code,
        was_asked_in_closure,
        exclusion_reason,
        census_date
    from due
)

select * from ehc_advice
