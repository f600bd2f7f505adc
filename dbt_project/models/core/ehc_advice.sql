with

clocks as (
    {{ clocks_as_read() }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

advice as (
    select * from {{ ref('int_ehc_advice__linked') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

described as (
    select
        advice.*,
        people.person_id,
        assessments.assessment_id,
        assessments.sex,
        assessments.ethnicity_group,
        assessments.primary_need,
        assessments.setting_type,
        assessments.birth_month
    from advice
    left join people
        on
            advice.submission_id = people.submission_id
            and advice.source_row = people.source_row
    left join assessments
        on
            advice.casework_submission_id = assessments.submission_id
            and advice.casework_submission_id || '-' || advice.requeststableid
            = assessments.assessment_id
),

due as (
    select
        *,
        case
            when
                not_required
                or list_contains(string_split(_not_applicable, ', '), 'received_date')
                then 'not_required'
        end as exclusion_reason,
        {{ last_day_within('requested_date', 'advice') }} as due_date
    from described
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
        census_date,
        date_diff('day', requested_date, received_date) as elapsed_days,
        {{ ran_in_relaxed_limits('requested_date', 'due_date') }} as fell_in_relaxed_limits,
        sex,
        ethnicity_group,
        primary_need,
        setting_type,
        birth_month,
        casework_submission_id
    from due
)

select * from ehc_advice
