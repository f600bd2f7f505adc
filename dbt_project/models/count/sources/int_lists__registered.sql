with

lists as (
    select * from {{ ref('lists') }}
),

scorecard_measures as (
    select * from {{ ref('scorecard_measures') }}
),

registered as (
    select
        feed,
        list,
        cast(null as varchar) as only_sender,
        cast(null as varchar) as due_months,
        date '1900-01-01' as first_day,
        date '9999-12-31' as last_day
    from lists
    union all
    select
        'service_scorecard' as feed,
        code as list,
        sender as only_sender,
        due_months,
        valid_from as first_day,
        coalesce(valid_to, date '9999-12-31') as last_day
    from scorecard_measures
)

select * from registered
