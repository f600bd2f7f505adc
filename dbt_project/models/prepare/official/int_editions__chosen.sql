with

used as (
    select * from {{ ref('stg_run__used') }}
),

chosen as (
    select
        submission_id,
        period,
        period_start,
        period_end,
        known_on
    from used
    where feed = 'chs_waits'
    qualify row_number() over (
        partition by period
        order by known_on desc, submission_seq desc, submission_id desc
    ) = 1
)

select * from chosen
