with

used as (
    select * from {{ ref('stg_run__used') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

reviews as (
    select * from {{ ref('annual_reviews') }}
    where exclusion_reason is null
),

advice as (
    select * from {{ ref('ehc_advice') }}
    where exclusion_reason is null
),

appeals as (
    select * from {{ ref('appeals') }}
),

newest as (
    select max_by(submission_id, period_end) as submission_id
    from used
    group by feed, sender
),

-- A request that ended owes nothing more than how it ended.
of_assessments as (
    select
        'assessment' as matter,
        assessment_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        unnest([
            {
                'event': 'request_received',
                'event_date': if(is_open or decision_date is not null, request_date, null)
            },
            {
                'event': 'request_without_plan',
                'event_date': if(is_open or assessment_outcome = 'N', request_date, null)
            },
            {
                'event': 'request_towards_plan',
                'event_date': if(is_open or final_plan_date is not null, request_date, null)
            },
            { 'event': 'decision_to_assess_notified', 'event_date': decision_date },
            {
                'event': 'no_plan_notified',
                'event_date': if(assessment_outcome = 'N', assessment_decision_date, null)
            },
            { 'event': 'final_plan_sent', 'event_date': final_plan_date }
        ]) as told,
        census_date
    from assessments
    where not (is_historical or is_exported or is_transferred_in)
),

-- What a family may take to mediation and to the tribunal.
of_decisions as (
    select
        'decision' as matter,
        assessment_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        {
            'event': 'appealable_decision_notified',
            'event_date': coalesce(
                final_plan_date,
                if(assessment_outcome = 'N', assessment_decision_date, null),
                if(request_outcome = 'N', decision_date, null)
            )
        } as told,
        census_date
    from assessments
    where not (is_historical or is_exported or is_transferred_in)
    union all by name
    select
        'decision' as matter,
        review_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        {
            'event': 'appealable_decision_notified',
            'event_date': coalesce(
                final_amended_date, if(outcome in ('M', 'C'), decision_date, null)
            )
        } as told,
        census_date
    from reviews
),

of_advice as (
    select
        'advice' as matter,
        advice_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        unnest([
            { 'event': 'advice_requested', 'event_date': requested_date },
            { 'event': 'advice_received', 'event_date': received_date }
        ]) as told,
        census_date
    from advice
),

-- Each kind of move to another phase has a limit of its own, counted from another day.
of_plans as (
    select
        'plan' as matter,
        plan_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        unnest([
            {
                'event': 'plan_or_last_review',
                'event_date': greatest(start_date, last_review_decision_date)
            },
            {
                'event': 'last_review_under_5',
                'event_date': if(
                    early_years_review_by_date is not null,
                    greatest(start_date, last_review_decision_date),
                    null
                )
            },
            { 'event': 'draft_plan_served', 'event_date': draft_amended_plan_date },
            {
                'event': case phase_transfer_kind
                    when 'phase' then 'transfer_year_begun'
                    when 'to_post16' then 'transfer_year_to_post16_begun'
                    when 'within_post16' then 'post16_move'
                end,
                'event_date': make_date(
                    year(phase_transfer_last_date),
                    if(phase_transfer_kind = 'within_post16', 9, 1),
                    1
                )
            },
            { 'event': 'phase_transfer_plan_sent', 'event_date': phase_transfer_final_date }
        ]) as told,
        census_date
    from plans
    where is_open
),

of_reviews as (
    select
        'review' as matter,
        review_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        unnest([
            { 'event': 'review_meeting', 'event_date': meeting_date },
            {
                'event': 'review_meeting_towards_amendment',
                'event_date': if(outcome in ('M', 'C'), null, meeting_date)
            },
            { 'event': 'plan_or_last_review', 'event_date': review_year_start_date },
            { 'event': 'school_report_received', 'event_date': report_received_date },
            { 'event': 'review_decision_notified', 'event_date': decision_date },
            { 'event': 'amendment_notice_served', 'event_date': notice_date },
            { 'event': 'final_amended_plan_sent', 'event_date': final_amended_date }
        ]) as told,
        census_date
    from reviews
),

of_appeals as (
    select
        'appeal' as matter,
        appeal_id as matter_id,
        submission_id,
        sender,
        case_id,
        person_id,
        unnest([
            { 'event': 'mediation_requested', 'event_date': mediation_requested_date },
            { 'event': 'mediation_held', 'event_date': mediation_held_date },
            { 'event': order_kind, 'event_date': order_date },
            { 'event': 'order_complied', 'event_date': order_complied_date }
        ]) as told,
        census_date
    from appeals
),

united as (
    select * from of_assessments
    union all by name
    select * from of_decisions
    union all by name
    select * from of_advice
    union all by name
    select * from of_plans
    union all by name
    select * from of_reviews
    union all by name
    select * from of_appeals
),

told as (
    select
        united.matter,
        united.matter_id,
        united.submission_id,
        united.sender,
        united.case_id,
        united.person_id,
        united.told.event,
        united.census_date,
        united.told.event_date
    from united
    semi join newest on united.submission_id = newest.submission_id
    where united.told.event_date is not null and united.told.event is not null
)

select * from told
