with

advice as (
    select * from {{ ref('int_ehc_advice__linked') }}
),

submissions as (
    select * from {{ ref('int_submissions__read') }}
),

wanted as (
    select advice.*
    from advice
    semi join submissions on advice.submission_id = submissions.submission_id
)

select * from wanted
