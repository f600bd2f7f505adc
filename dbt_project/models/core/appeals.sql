with

clocks as (
    {{ clocks_as_read() }}
),

lodged as (
    select * from {{ rows_to_read('stg_tribunals__appeals') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

reviews as (
    select * from {{ ref('annual_reviews') }}
    where exclusion_reason is null
),

days as (
    select * from {{ ref('int_days__described') }}
),

delivered as (
    select
        *,
        least(registered_date, mediation_requested_date) as first_step_date
    from lodged
),

-- What of the casework and the reviews each type of appeal can be about, by the day of its notice.
decisions as (
    select
        submission_id,
        case_id,
        ['refuse_assess'] as appeal_types,
        decision_date as notice_date
    from assessments
    where request_outcome = 'N'
    union all
    select
        submission_id,
        case_id,
        ['refuse_issue'] as appeal_types,
        assessment_decision_date as notice_date
    from assessments
    where assessment_outcome = 'N'
    union all
    select
        submission_id,
        case_id,
        ['content_B', 'content_F', 'placement_I'] as appeal_types,
        final_plan_date as notice_date
    from assessments
    union all
    select
        submission_id,
        case_id,
        ['content_B', 'content_F', 'placement_I'] as appeal_types,
        final_amended_date as notice_date
    from reviews
    union all
    select
        submission_id,
        case_id,
        case outcome when 'C' then ['cease'] when 'M' then ['not_amend'] end as appeal_types,
        decision_date as notice_date
    from reviews
    where outcome in ('C', 'M')
),

-- The newest of these notices before the family's first step.
disputed as (
    select
        delivered.submission_id,
        delivered.appeal_id,
        max(decisions.notice_date) as notice_date
    from delivered
    inner join paired on delivered.submission_id = paired.submission_id
    inner join decisions
        on
            paired.other_submission_id = decisions.submission_id
            and delivered.case_id = decisions.case_id
            and list_contains(decisions.appeal_types, delivered.appeal_type)
            and delivered.first_step_date >= decisions.notice_date
    group by delivered.submission_id, delivered.appeal_id
),

people as (
    select
        delivered.submission_id,
        delivered.appeal_id,
        min(assessments.person_id) as person_id
    from delivered
    inner join paired on delivered.submission_id = paired.submission_id
    inner join assessments
        on
            paired.other_submission_id = assessments.submission_id
            and delivered.case_id = assessments.case_id
    group by delivered.submission_id, delivered.appeal_id
    having count(distinct assessments.person_id) = 1
),

-- Mediations after which an appeal was registered in time: the case's own, or another about the
-- same decision.
followed as (
    select distinct
        mediated.submission_id,
        mediated.appeal_id
    from delivered as mediated
    inner join delivered as appealed
        on
            mediated.submission_id = appealed.submission_id
            and appealed.registered_date
            <= mediated.mediation_held_date + to_months({{ parameter('mediation_appeal_months') }})
            and (
                mediated.appeal_id = appealed.appeal_id
                or (
                    mediated.case_id = appealed.case_id
                    and mediated.appeal_type = appealed.appeal_type
                    and mediated.mediation_held_date <= appealed.registered_date
                )
            )
),

-- An order that was made, by what it obliges to. What the council conceded was never ordered: its
-- limits run from a notice to the tribunal that no delivery tells.
ordered as (
    select
        delivered.*,
        people.person_id,
        disputed.notice_date,
        case
            when delivered.appeal_type = 'cease' and delivered.outcome = 'dismissed'
                then 'order_about_ceasing'
            when delivered.outcome is null or delivered.outcome not in ('in_favour', 'consent')
                then null
            when delivered.appeal_type in ('refuse_assess', 'refuse_reassess')
                then 'order_to_assess'
            when delivered.appeal_type = 'refuse_issue' then 'order_to_make_plan'
            when delivered.appeal_type in ('content_B', 'content_F', 'not_amend')
                then 'order_to_amend'
            when delivered.appeal_type = 'placement_I' then 'order_to_name_school'
            when delivered.appeal_type = 'cease' then 'order_about_ceasing'
        end as order_kind
    from delivered
    left join disputed
        on
            delivered.submission_id = disputed.submission_id
            and delivered.appeal_id = disputed.appeal_id
    left join people
        on
            delivered.submission_id = people.submission_id
            and delivered.appeal_id = people.appeal_id
),

-- Discrimination claims follow other rules.
due as (
    select
        *,
        {{ last_day_within('notice_date', 'appeal_after_notice') }} as two_months_date,
        {{ last_day_within('notice_date', 'mediation_contact') }} as mediation_contact_due_date,
        {{ last_day_within('mediation_requested_date', 'mediation_arranged') }}
            as mediation_due_date,
        case order_kind
            when 'order_to_assess'
                then {{ last_day_within('order_date', 'order_assess_notice') }}
            when 'order_to_make_plan'
                then {{ last_day_within('order_date', 'order_draft_plan') }}
        end as order_first_step_due_date,
        case order_kind
            when 'order_to_assess'
                then {{ last_day_within('order_date', 'order_assess_no_plan') }}
        end as order_no_plan_due_date,
        case order_kind
            when 'order_to_assess'
                then {{ last_day_within('order_date', 'order_assess_final_plan') }}
            when 'order_to_make_plan'
                then {{ last_day_within('order_date', 'order_final_plan') }}
            when 'order_to_amend'
                then {{ last_day_within('order_date', 'order_amend') }}
            when 'order_to_name_school'
                then {{ last_day_within('order_date', 'order_name_school') }}
            when 'order_about_ceasing'
                then {{ last_day_within('order_date', 'order_keep_or_cease') }}
        end as order_due_date
    from ordered
),

appeals as (
    select
        due.appeal_id,
        due.person_id,
        due.submission_id,
        due.sender,
        due.source_row,
        due.case_id,
        due.appeal_type,
        due.stage,
        due.outcome,
        due.order_kind,
        due.appeal_type = 'disability' as is_discrimination_claim,
        case
            when due.order_complied_date is not null
                then due.order_complied_date <= due.order_due_date
            when due.order_due_date <= due.census_date then false
        end as is_order_complied_in_time,
        {{ ran_in_relaxed_limits('due.order_date', 'due.order_due_date') }}
            as fell_in_relaxed_limits,
        case when due.mediation_held_date is not null then followed.appeal_id is not null end
            as is_followed_by_appeal,
        due.census_date,
        due.notice_date,
        days.appeal_date as appeal_due_date,
        due.mediation_contact_due_date,
        due.registered_date,
        due.mediation_requested_date,
        due.mediation_due_date,
        due.mediation_held_date,
        due.order_date,
        due.order_first_step_due_date,
        due.order_no_plan_due_date,
        due.order_due_date,
        due.order_complied_date
    from due
    left join days on due.two_months_date = days.date
    left join followed
        on
            due.submission_id = followed.submission_id
            and due.appeal_id = followed.appeal_id
)

select * from appeals
