with

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

-- Case systems let dates be typed in any order; then the clock is not available.
due as (
    select
        *,
        coalesce(
            request_date <= least(decision_date, assessment_decision_date, final_plan_date), true
        )
        and coalesce(decision_date <= least(assessment_decision_date, final_plan_date), true)
        and coalesce(assessment_decision_date <= final_plan_date, true) as has_dates_in_order,
        {{ last_day_within('request_date', 'decision_days') }} as decision_due_date,
        {{ last_day_within('request_date', 'no_plan_days') }} as no_plan_due_date,
        {{ last_day_within('request_date', 'within_20_weeks_days') }} as final_plan_due_date
    from requests
),

measured as (
    select
        *,
        case
            when has_dates_in_order then date_diff('day', request_date, final_plan_date)
        end as elapsed_days,
        case
            when has_dates_in_order then final_plan_date <= final_plan_due_date
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
            or (request_outcome in ('N', 'W') and coalesce(decision_date <= census_date, true))
            or (
                assessment_outcome in ('N', 'W')
                and coalesce(assessment_decision_date <= census_date, true)
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
            when not has_dates_in_order then 'dates_out_of_order'
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
        exception_ground,
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
        assessment_decision_date
    from measured
)

select * from ehc_needs_assessments
