with

used as (
    select * from {{ ref('int_submissions__used') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

reviews as (
    select * from {{ ref('stg_annual_reviews__reviews') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'sen2_ehc'
),

-- 'Maintain' without a day is typed as a default: no decision.
snapshots as (
    select
        reviews.* replace (
            case
                when reviews.decision != 'M' or reviews.decision_date is not null
                    then reviews.decision
            end as decision
        ),
        used.sender,
        people.person_id,
        used.period_end as census_date,
        max(coalesce(reviews.decision_date, 'infinity')) over (
            partition by reviews.submission_id, reviews.case_id
            order by reviews.meeting_date
            range between unbounded preceding and interval 1 day preceding
        ) > reviews.meeting_date as follows_undecided_meeting,
        -- Draft and final of one meeting: the row that says most counts.
        row_number() over (
            partition by reviews.submission_id, reviews.case_id, reviews.meeting_date
            order by
                reviews.decision_date asc nulls last,
                reviews.final_amended_plan_date asc nulls last,
                reviews.source_row asc
        ) > 1 as is_told_again
    from reviews
    inner join used on reviews.submission_id = used.submission_id
    left join people
        on
            reviews.submission_id = people.submission_id
            and reviews.source_row = people.source_row
),

-- The newest plan of the case, in the casework of the same council.
planned as (
    select
        snapshots.*,
        plans.plan_id,
        plans.submission_id as casework_submission_id,
        plans.sex,
        plans.primary_need,
        plans.setting_type,
        plans.birth_month,
        plans.start_date,
        plans.last_review_decision_date
    from snapshots
    left join paired on snapshots.submission_id = paired.submission_id
    left join plans
        on
            paired.other_submission_id = plans.submission_id
            and snapshots.case_id = plans.case_id
    qualify
        row_number() over (
            partition by snapshots.submission_id, snapshots.review_id
            order by plans.start_date desc nulls last, plans.source_row asc
        ) = 1
),

decisions as (
    select
        submission_id,
        case_id,
        decision_date
    from reviews
    where decision_date is not null
),

due as (
    select
        planned.*,
        {{ last_day_within('planned.meeting_date', 'review_decision_days') }} as decision_due_date,
        least(
            {{ last_day_within('planned.amendment_notice_date', 'notice_to_final_days') }},
            {{ last_day_within('planned.meeting_date', 'final_amended_days') }}
        ) as final_amended_due_date,
        -- The plan or the decision that this meeting follows.
        greatest(
            decisions.decision_date,
            case
                when planned.last_review_decision_date < planned.meeting_date
                    then planned.last_review_decision_date
            end,
            case when planned.start_date < planned.meeting_date then planned.start_date end
        ) as review_year_start_date
    from planned
    asof left join decisions
        on
            planned.submission_id = decisions.submission_id
            and planned.case_id = decisions.case_id
            and planned.meeting_date > decisions.decision_date
),

limited as (
    select
        *,
        coalesce(year_group, {{ chronological_year_group('birth_month', 'meeting_date') }})
            as meeting_year_group,
        {{ last_day_of_review_year('review_year_start_date') }} as twelve_month_limit_date
    from due
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
        least(decision_due_date, twelve_month_limit_date) as completion_due_date,
        report_received_date,
        casework_submission_id
    from limited
)

select * from annual_reviews
