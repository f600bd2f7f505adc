with

submissions as (
    select * from {{ source('run', 'run') }}
),

known as (
    select
        submission_id,
        submission_seq,
        feed,
        sender,
        period,
        file_names,
        sha256,
        lake_sha256,
        known_how,
        edition,
        verdict,
        reasons,
        files,
        rows_landed,
        rows_kept,
        rows_quarantined,
        rows_discarded,
        cast(period || '-01' as date) as period_start,
        last_day(cast(period || '-01' as date)) as period_end,
        known_on
    from submissions
    where submission_id is not null
)

select * from known
