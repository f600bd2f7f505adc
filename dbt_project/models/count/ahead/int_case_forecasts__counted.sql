with

settings as (
    select * from {{ ref('stg_run__settings') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

sources as (
    select * from {{ ref('int_cohort_sources__placed') }}
    where source = 'casework'
),

limits as (
    select * from {{ ref('case_limits') }}
    where feed = 'sen2_ehc'
),

cases as (
    select * from {{ ref('int_case_limits__listed') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
    where not (is_historical or is_exported or is_transferred_in)
),

plans as (
    select * from {{ ref('ehc_plans') }}
    where is_open
),

-- Positions: of the snapshots of the month of the release alone.
snapshots as (
    select sources.*
    from sources
    inner join settings on sources.period_end = settings.period_end
),

areas as (
    select
        area_code,
        area_name
    from area_names
    union
    select
        area_code,
        area_name
    from snapshots
),

judged as (
    select
        areas.area_code,
        areas.area_name,
        settings.period_end,
        count(snapshots.sender) as sender_count,
        count(snapshots.submission_id) as delivered_count,
        bool_or(snapshots.gap = 'delivery_refused') as has_refused,
        min(snapshots.gap) as gap,
        string_agg(snapshots.submission_id, ' ' order by snapshots.submission_id)
            as submission_ids,
        max(snapshots.known_on) as known_on
    from areas
    cross join settings
    left join snapshots on areas.area_code = snapshots.area_code
    group by all
),

reasoned as (
    select
        *,
        case
            when has_refused then 'delivery_refused'
            when sender_count = 0 or delivered_count < sender_count then 'not_received'
            else gap
        end as status_reason
    from judged
),

weeks as (
    select cast(unnest(generate_series(1, {{ parameter('ahead_weeks') }})) as integer) as week
),

-- Decisions of those who were refused or withdrawn before leave what comes after without a case.
reached as (
    select
        snapshots.area_code,
        'decision_to_assess' as limit_id,
        assessments.decision_due_date as due_date,
        assessments.decision_date as done_date
    from snapshots
    inner join assessments on snapshots.submission_id = assessments.submission_id
    where assessments.request_outcome is distinct from 'W'
    union all
    select
        snapshots.area_code,
        'no_plan_decision' as limit_id,
        assessments.no_plan_due_date as due_date,
        assessments.assessment_decision_date as done_date
    from snapshots
    inner join assessments on snapshots.submission_id = assessments.submission_id
    where
        assessments.is_open
        or coalesce(assessments.request_outcome not in ('N', 'W'), true)
        and assessments.assessment_outcome is distinct from 'W'
    union all
    select
        snapshots.area_code,
        'final_plan' as limit_id,
        assessments.final_plan_due_date as due_date,
        assessments.final_plan_date as done_date
    from snapshots
    inner join assessments on snapshots.submission_id = assessments.submission_id
    where
        assessments.is_open
        or coalesce(assessments.request_outcome not in ('N', 'W'), true)
        and coalesce(assessments.assessment_outcome not in ('N', 'W'), true)
),

-- Each limit that was reached in the months counted, and whether it was passed.
outcomes as (
    select
        reached.area_code,
        reached.limit_id,
        date_trunc('month', reached.due_date) as due_month,
        reached.due_date,
        reached.done_date,
        coalesce(reached.done_date > reached.due_date, true) as is_late
    from reached
    cross join settings
    where
        reached.due_date <= settings.period_end
        and date_diff('month', reached.due_date, settings.period_end)
        < {{ parameter('flow_months') }}
),

late_months as (
    select
        area_code,
        limit_id,
        due_month,
        count(*) as case_count,
        count(*) filter (where is_late) as late_count
    from outcomes
    group by area_code, limit_id, due_month
),

best_months as (
    select
        area_code,
        limit_id,
        min_by(late_count, late_count / case_count) as late_count,
        min_by(case_count, late_count / case_count) as case_count,
        count(*) as months_counted
    from late_months
    group by area_code, limit_id
),

days as (
    select
        cast(
            unnest(
                generate_series(
                    0, {{ parameter('ahead_weeks') }} * {{ parameter('days_per_week') }}
                )
            ) as integer
        ) as days_left
),

-- The nearer the limit, the more of those who are still undecided pass it.
late_shares as (
    select
        outcomes.area_code,
        outcomes.limit_id,
        days.days_left,
        count(*) filter (where outcomes.is_late) / count(*) as late_share
    from outcomes
    cross join days
    where coalesce(outcomes.done_date > outcomes.due_date - days.days_left, true)
    group by outcomes.area_code, outcomes.limit_id, days.days_left
),

-- A case that is undecided at a time at which every earlier one was decided passes its limit.
due_days as (
    select
        snapshots.area_code,
        cases.limit_id,
        cases.due_date - snapshots.period_end as days_left,
        count(*) as case_count,
        count(*) * coalesce(any_value(late_shares.late_share), 1) as late_count
    from snapshots
    inner join cases on snapshots.submission_id = cases.submission_id
    left join late_shares
        on
            snapshots.area_code = late_shares.area_code
            and cases.limit_id = late_shares.limit_id
            and cases.due_date - snapshots.period_end = late_shares.days_left
    group by snapshots.area_code, cases.limit_id, cases.due_date - snapshots.period_end
),

passing as (
    select
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        'cases_passing_limit' as kind,
        limits.limit_id as subject,
        reasoned.period_end + weeks.week * {{ parameter('days_per_week') }} as horizon_date,
        coalesce(
            reasoned.status_reason,
            if(
                coalesce(any_value(best_months.months_counted), 0)
                < {{ parameter('least_flow_months') }},
                'not_mature',
                null
            )
        ) as status_reason,
        reasoned.submission_ids,
        reasoned.known_on,
        round(coalesce(sum(due_days.late_count order by due_days.days_left), 0)) as value,
        coalesce(sum(due_days.case_count), 0) * any_value(best_months.late_count)
        // any_value(best_months.case_count) as low,
        coalesce(sum(due_days.case_count), 0) as high,
        coalesce(any_value(best_months.months_counted), 0) as months_counted
    from reasoned
    cross join weeks
    inner join limits on limits.limit_id != 'review_year'
    left join due_days
        on
            reasoned.area_code = due_days.area_code
            and limits.limit_id = due_days.limit_id
            and weeks.week * {{ parameter('days_per_week') }} >= due_days.days_left
    left join best_months
        on
            reasoned.area_code = best_months.area_code
            and limits.limit_id = best_months.limit_id
    group by
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        limits.limit_id,
        weeks.week,
        reasoned.status_reason,
        reasoned.submission_ids,
        reasoned.known_on
),

open_plans as (
    select
        snapshots.area_code,
        plans.next_review_due_date,
        plans.is_review_overdue
    from snapshots
    inner join plans on snapshots.submission_id = plans.submission_id
),

-- A plan without a known day may fall due on any: that is the upper end of the range.
reviews as (
    select
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        'reviews_due' as kind,
        'review_year' as subject,
        reasoned.period_end + weeks.week * {{ parameter('days_per_week') }} as horizon_date,
        reasoned.status_reason,
        reasoned.submission_ids,
        reasoned.known_on,
        count(*) filter (
            where open_plans.next_review_due_date >= reasoned.period_end
            and open_plans.next_review_due_date
            <= reasoned.period_end + weeks.week * {{ parameter('days_per_week') }}
        ) as value,
        count(*) filter (
            where open_plans.area_code is not null and open_plans.next_review_due_date is null
        ) as unknown_count
    from reasoned
    cross join weeks
    left join open_plans on reasoned.area_code = open_plans.area_code
    group by
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        weeks.week,
        reasoned.status_reason,
        reasoned.submission_ids,
        reasoned.known_on
    union all by name
    select
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        'reviews_overdue' as kind,
        'review_year' as subject,
        reasoned.period_end as horizon_date,
        reasoned.status_reason,
        reasoned.submission_ids,
        reasoned.known_on,
        count(*) filter (where open_plans.is_review_overdue) as value,
        count(*) filter (
            where open_plans.area_code is not null and open_plans.next_review_due_date is null
        ) as unknown_count
    from reasoned
    left join open_plans on reasoned.area_code = open_plans.area_code
    group by
        reasoned.area_code,
        reasoned.area_name,
        reasoned.period_end,
        reasoned.status_reason,
        reasoned.submission_ids,
        reasoned.known_on
),

counted as (
    select * from passing
    union all by name
    select
        * exclude (unknown_count),
        value as low,
        value + unknown_count as high
    from reviews
)

select * from counted
