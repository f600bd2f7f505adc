with

limits as (
    select * from {{ ref('case_limits') }}
),

cases as (
    select * from {{ ref('int_case_limits__listed') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
),

worklists as (
    select
        cases.feed,
        cases.sender,
        used.period,
        cases.submission_id,
        cases.source_table,
        cases.source_row,
        limits.what_is_due,
        limits.limit_text,
        cases.due_date,
        cases.days_left
    from cases
    inner join limits on cases.limit_id = limits.limit_id
    inner join used on cases.submission_id = used.submission_id
)

select * from worklists
