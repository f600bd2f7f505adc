with

clocks as (
    {{ clocks_as_read() }}
),

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'ehc_advice'
),

advice as (
    select * from {{ ref('int_ehc_advice__linked') }}
    where was_asked_in_closure
),

-- Numbers of requests are made anew in every export: case and day tell them in another one.
asked_in_closures as (
    select distinct
        paired.submission_id,
        advice.case_id,
        advice.request_date
    from paired
    inner join advice on paired.other_submission_id = advice.submission_id
),

evidenced as (
    select
        requests.*,
        asked_in_closures.case_id is not null as was_asked_in_closure
    from requests
    left join asked_in_closures
        on
            requests.submission_id = asked_in_closures.submission_id
            and requests.case_id = asked_in_closures.case_id
            and requests.request_date = asked_in_closures.request_date
),

due as (
    select
        *,
        {{ last_day_within('request_date', 'decision_to_assess') }} as decision_due_date,
        {{ last_day_within('request_date', 'no_plan_decision') }} as no_plan_due_date,
        {{ last_day_within('request_date', 'final_plan') }} as final_plan_due_date
    from evidenced
),

measured as (
    select
        *,
        date_diff('day', request_date, final_plan_date) as elapsed_days,
        -- Each clock asks for its own two dates alone; those of the steps between are no matter.
        case
            when request_date <= final_plan_date then final_plan_date <= final_plan_due_date
        end as is_within_20_weeks,
        case
            when request_date <= decision_date then decision_date <= decision_due_date
        end as is_decided_within_6_weeks,
        case
            when assessment_outcome = 'N' and request_date <= assessment_decision_date
                then assessment_decision_date <= no_plan_due_date
        end as is_refused_within_16_weeks,
        -- What ended without a day had ended when it was delivered.
        coalesce(
            (has_named_plan and coalesce(final_plan_date <= census_date, true))
            or (request_outcome = 'W' and coalesce(decision_date <= census_date, true))
            or not is_assessment_under_way and (
                (request_outcome = 'N' and coalesce(decision_date <= census_date, true))
                or (
                    assessment_outcome in ('N', 'W')
                    and coalesce(assessment_decision_date <= census_date, true)
                )
            ),
            false
        ) as has_ended,
        case
            when not has_named_plan and is_exported then 'exported'
            when is_historical then 'historical'
            when is_transferred_in then 'transferred_in'
            when not has_named_plan then 'not_issued_yet'
            when was_disputed then 'mediation_or_tribunal'
            when request_date is null or final_plan_date is null then 'date_missing'
            when request_date > final_plan_date then 'dates_out_of_order'
            when final_plan_due_date is null then 'no_limit_in_force'
            when has_exception then 'exception'
        end as exclusion_reason
    from due
),

ehc_needs_assessments as (
    select
        -- Table numbers are made anew in every export.
        submission_id || '-' || requeststableid as assessment_id,
        person_id,
        submission_id,
        request_date,
        decision_due_date,
        decision_date,
        no_plan_due_date,
        final_plan_due_date,
        final_plan_date,
        elapsed_days,
        is_within_20_weeks,
        has_exception,
        -- The closure of the setting is the only ground that the deliveries themselves show.
        coalesce(exception_ground, if(has_exception and was_asked_in_closure, 'a', null))
            as exception_ground,
        exclusion_reason is null as counts_in_denominator,
        exclusion_reason is null and is_within_20_weeks as counts_in_numerator,
        exclusion_reason,
        sender,
        source_row,
        case_id,
        sex,
        request_source,
        request_outcome,
        assessment_outcome,
        primary_need,
        setting_type,
        evidenced_cycle_count,
        is_historical,
        is_exported,
        is_transferred_in,
        was_disputed,
        is_decided_within_6_weeks,
        is_refused_within_16_weeks,
        coalesce(
            request_date <= census_date
            and not (has_ended or has_open_plan or is_historical or is_exported),
            false
        ) as is_open,
        census_date,
        birth_month,
        assessment_decision_date,
        date_diff('day', request_date, decision_date) as decision_elapsed_days,
        case
            when assessment_outcome = 'N'
                then date_diff('day', request_date, assessment_decision_date)
        end as no_plan_elapsed_days,
        was_asked_in_closure,
        {{ ran_in_relaxed_limits('request_date', 'final_plan_due_date') }}
            as fell_in_relaxed_limits,
        ethnicity_group,
        request_age,
        decision_age,
        assessment_decision_age,
        final_plan_age
    from measured
)

select * from ehc_needs_assessments
