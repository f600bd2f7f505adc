with

clocks as (
    {{ clocks_as_read() }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

reviews as (
    select * from {{ rows_to_read('stg_annual_reviews__reviews') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'sen2_ehc'
),

-- The plan in force on the day of the meeting, in the casework of the same council. Who the child
-- is, any plan of the case tells.
joined as (
    select
        reviews.*,
        {{ in_force_on('plans', 'coalesce(reviews.meeting_date, reviews.decision_date)') }}
            as is_in_force,
        plans.plan_id as nearest_plan_id,
        plans.submission_id as casework_submission_id,
        plans.sex,
        plans.ethnicity_group,
        plans.birth_month,
        plans.primary_need,
        plans.setting_type,
        plans.start_date,
        plans.last_review_decision_date
    from reviews
    left join paired on reviews.submission_id = paired.submission_id
    left join plans
        on
            paired.other_submission_id = plans.submission_id
            and reviews.case_id = plans.case_id
    qualify
        row_number() over (
            partition by reviews.submission_id, reviews.review_id
            order by is_in_force desc, plans.start_date desc nulls last, plans.source_row asc
        ) = 1
),

planned as (
    select
        * exclude (nearest_plan_id, is_in_force)
        replace (
            if(is_in_force, primary_need, null) as primary_need,
            if(is_in_force, setting_type, null) as setting_type,
            if(is_in_force, start_date, null) as start_date,
            if(is_in_force, last_review_decision_date, null) as last_review_decision_date
        ),
        if(is_in_force, nearest_plan_id, null) as plan_id
    from joined
),

-- 'Maintain' without a day is typed as a default: no decision. A meeting that ended without one
-- is decided with the next one within the year: both are one review, and the first governs.
results as (
    select
        *,
        first_value(
            case
                when decision_date is not null
                    then
                        struct_pack(
                            decision_date := decision_date,
                            decision := decision,
                            notice_date := amendment_notice_date,
                            final_date := final_amended_plan_date
                        )
            end ignore nulls
        ) over (
            partition by submission_id, case_id, plan_id
            order by meeting_date
            range between current row and interval 364 days following
        ) as result
    from planned
),

resolved as (
    select
        * replace (
            coalesce(struct_extract(result, 'decision_date'), decision_date) as decision_date,
            coalesce(struct_extract(result, 'decision'), nullif(decision, 'M')) as decision,
            if(result is null, amendment_notice_date, struct_extract(result, 'notice_date'))
                as amendment_notice_date,
            if(result is null, final_amended_plan_date, struct_extract(result, 'final_date'))
                as final_amended_plan_date
        ),
        decision_date as own_decision_date
    from results
),

snapshots as (
    select
        resolved.*,
        people.person_id,
        max(coalesce(resolved.decision_date, 'infinity')) over (
            partition by resolved.submission_id, resolved.case_id, resolved.plan_id
            order by resolved.meeting_date
            range between interval 364 days preceding and interval 1 day preceding
        ) > resolved.meeting_date as follows_undecided_meeting,
        -- Draft and final of one meeting: the row that says most counts.
        row_number() over (
            partition by resolved.submission_id, resolved.case_id, resolved.meeting_date
            order by
                resolved.own_decision_date asc nulls last,
                resolved.final_amended_plan_date asc nulls last,
                resolved.source_row asc
        ) > 1 as is_told_again
    from resolved
    left join people
        on
            resolved.submission_id = people.submission_id
            and resolved.source_row = people.source_row
),

decisions as (
    select
        submission_id,
        case_id,
        coalesce(plan_id, '') as plan_id,
        decision_date
    from planned
    where decision_date is not null
),

due as (
    select
        snapshots.*,
        {{ last_day_within('snapshots.meeting_date', 'review_decision') }} as decision_due_date,
        {{ last_day_within('snapshots.meeting_date', 'school_report') }} as report_due_date,
        {{ last_day_within('snapshots.meeting_date', 'final_amended_after_meeting') }}
            as twelve_week_limit_date,
        {{ last_day_within('snapshots.amendment_notice_date', 'final_amended_after_notice') }}
            as eight_week_limit_date,
        {{ last_day_within('snapshots.amendment_notice_date', 'amendment_representations') }}
            as representations_end_date,
        decisions.decision_date as previous_decision_date,
        -- The plan or the decision that this meeting follows.
        greatest(
            decisions.decision_date,
            case
                when snapshots.last_review_decision_date < snapshots.meeting_date
                    then snapshots.last_review_decision_date
            end,
            case when snapshots.start_date < snapshots.meeting_date then snapshots.start_date end
        ) as review_year_start_date
    from snapshots
    asof left join decisions
        on
            snapshots.submission_id = decisions.submission_id
            and snapshots.case_id = decisions.case_id
            and coalesce(snapshots.plan_id, '') = decisions.plan_id
            and snapshots.meeting_date > decisions.decision_date
),

-- Meetings without a decision between them are one review: its first meeting started the clock.
cycled as (
    select
        *,
        dense_rank() over (
            partition by submission_id, case_id, plan_id
            order by previous_decision_date asc nulls first
        ) as review_cycle,
        min(meeting_date) over (
            partition by submission_id, case_id, plan_id, previous_decision_date
        ) as governing_meeting_date
    from due
),

limited as (
    select
        *,
        {{ last_day_within('governing_meeting_date', 'review_decision') }}
            as governing_due_date,
        least(eight_week_limit_date, twelve_week_limit_date) as final_amended_due_date,
        {{ academic_age('birth_month', 'meeting_date') }} as academic_age,
        if(
            {{ choice('year_group') }} = 'actual',
            coalesce(year_group, {{ chronological_year_group('birth_month', 'meeting_date') }}),
            coalesce({{ chronological_year_group('birth_month', 'meeting_date') }}, year_group)
        ) as meeting_year_group,
        {{ last_day_within('review_year_start_date', 'review_year') }} as twelve_month_limit_date
    from cycled
),

-- What is due by the census date and has not happened is a miss; before that nothing is known.
annual_reviews as (
    select
        review_id,
        plan_id,
        person_id,
        meeting_date,
        decision_due_date,
        decision_date,
        case
            when decision_date is not null then decision_date <= decision_due_date
            when decision_due_date <= census_date then false
        end as is_decided_within_4_weeks,
        amendment_notice_date as notice_date,
        final_amended_due_date,
        final_amended_plan_date as final_amended_date,
        case
            when decision in ('M', 'C') then null
            when final_amended_plan_date is not null
                then final_amended_plan_date <= final_amended_due_date
            when final_amended_due_date <= census_date then false
        end as is_final_within_12_weeks,
        decision as outcome,
        meeting_year_group >= {{ parameter('preparation_for_adulthood_year') }}
            as is_year_9_or_above,
        coalesce(
            pfa_employment and pfa_independent_living and pfa_community and pfa_health, false
        ) as discussed_preparation_for_adulthood,
        case
            when meeting_date is null then 'meeting_date_missing'
            when is_told_again then 'same_meeting'
            when follows_undecided_meeting then 'same_review'
        end as exclusion_reason,
        submission_id,
        sender,
        source_row,
        case_id,
        review_type,
        sex,
        primary_need,
        setting_type,
        parent_attended,
        cyp_participated,
        coalesce(follows_undecided_meeting, false) as follows_undecided_meeting,
        census_date,
        birth_month,
        twelve_month_limit_date,
        least(governing_due_date, twelve_month_limit_date) as completion_due_date,
        report_received_date,
        casework_submission_id,
        academic_age,
        meeting_year_group as year_group,
        review_year_start_date,
        review_cycle,
        governing_meeting_date,
        report_due_date,
        case
            when report_received_date is not null then report_received_date <= report_due_date
            when report_due_date <= census_date then false
        end as is_report_within_2_weeks,
        representations_end_date,
        eight_week_limit_date,
        twelve_week_limit_date,
        date_diff('day', meeting_date, decision_date) as decision_elapsed_days,
        date_diff('day', meeting_date, final_amended_plan_date) as final_amended_elapsed_days,
        {{ ran_in_relaxed_limits('meeting_date', 'twelve_week_limit_date') }}
            as fell_in_relaxed_limits,
        ethnicity_group
    from limited
)

select * from annual_reviews
