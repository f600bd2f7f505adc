with recursive

used as (
    select * from {{ ref('stg_run__used') }}
),

uncounted as (
    select * from {{ ref('int_submissions__uncounted') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
),

-- What lies ahead is counted from the newest delivery of each sender.
newest as (
    select max_by(submission_id, period_end) as submission_id
    from used
    group by feed, sender
),

wanted as (
    select submission_id from uncounted
    union
    select submission_id from newest
    union
    select paired.other_submission_id as submission_id
    from wanted
    inner join paired on wanted.submission_id = paired.submission_id
)

select * from wanted
