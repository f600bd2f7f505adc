with

used as (
    select * from {{ ref('stg_run__used') }}
    where feed in ('sen2_ehc', 'annual_reviews', 'ehc_advice')
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
    where is_open
),

plans as (
    select * from {{ ref('ehc_plans') }}
    where is_open
),

reviews as (
    select * from {{ ref('annual_reviews') }}
    where exclusion_reason is null
),

advice as (
    select * from {{ ref('ehc_advice') }}
    where exclusion_reason is null
),

-- An older snapshot speaks of days that have passed.
newest as (
    select
        used.feed,
        used.sender,
        used.submission_id,
        used.period_end as census_date
    from used
    inner join settings on used.period_end = settings.period_end
),

due as (
    select
        'decision_to_assess' as limit_id,
        submission_id,
        'requests' as source_table,
        source_row,
        decision_due_date as due_date,
        decision_date as done_date
    from assessments
    union all
    select
        'no_plan_decision' as limit_id,
        submission_id,
        'requests' as source_table,
        source_row,
        no_plan_due_date as due_date,
        assessment_decision_date as done_date
    from assessments
    union all
    select
        'final_plan' as limit_id,
        submission_id,
        'requests' as source_table,
        source_row,
        final_plan_due_date as due_date,
        final_plan_date as done_date
    from assessments
    union all
    select
        'review_year' as limit_id,
        submission_id,
        if(is_from_elsewhere, 'activeplans', 'namedplan') as source_table,
        source_row,
        next_review_due_date as due_date,
        null as done_date
    from plans
    union all
    select
        'review_decision' as limit_id,
        submission_id,
        'reviews' as source_table,
        source_row,
        decision_due_date as due_date,
        decision_date as done_date
    from reviews
    union all
    select
        'final_amended_plan' as limit_id,
        submission_id,
        'reviews' as source_table,
        source_row,
        final_amended_due_date as due_date,
        final_amended_date as done_date
    from reviews
    where outcome = 'A'
    union all
    select
        'advice' as limit_id,
        submission_id,
        'advice' as source_table,
        source_row,
        due_date,
        received_date as done_date
    from advice
),

-- What is due on the census date itself is not yet late.
listed as (
    select
        newest.feed,
        newest.sender,
        newest.submission_id,
        due.source_table,
        due.source_row,
        due.limit_id,
        newest.census_date,
        due.due_date,
        date_diff('day', newest.census_date, due.due_date) as days_left
    from newest
    inner join due on newest.submission_id = due.submission_id
    where
        due.due_date >= newest.census_date
        and due.due_date
        <= newest.census_date + {{ parameter('ahead_weeks') }} * {{ parameter('days_per_week') }}
        and coalesce(due.done_date > newest.census_date, true)
)

select * from listed
