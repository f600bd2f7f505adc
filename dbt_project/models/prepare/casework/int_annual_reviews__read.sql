with

reviews as (
    select * from {{ ref('stg_annual_reviews__reviews') }}
),

submissions as (
    select * from {{ ref('int_submissions__read') }}
),

wanted as (
    select reviews.*
    from reviews
    semi join submissions on reviews.submission_id = submissions.submission_id
)

select * from wanted
