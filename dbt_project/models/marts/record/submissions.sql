with

known as (
    select * from {{ ref('stg_run__submissions') }}
),

-- What is not yet known, or an official edition of a later month, is no part of this release.
submissions as (
    select
        submission_id,
        feed,
        sender,
        period as month,
        submission_seq,
        files,
        file_names,
        sha256,
        rows_landed,
        rows_kept,
        rows_quarantined,
        rows_discarded,
        known_on,
        known_how,
        verdict,
        reasons
    from known
    where verdict in ('used', 'superseded', 'refused', 'held')
)

select * from submissions
