with

cells as (
    select * from {{ ref('stg_official__cells') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

published as (
    select distinct
        used.feed as dataset,
        cells.source_table,
        cells.period_type,
        used.edition,
        cells.submission_id,
        used.submission_seq,
        cells.period_start,
        cells.period_end,
        used.known_on
    from cells
    inner join used on cells.submission_id = used.submission_id
    inner join settings on cells.period_end <= settings.period_end
    where cells.period_type is not null
),

-- An edition counts for the tables and periods that it holds: it does not end older series.
chosen as (
    select * from published
    qualify row_number() over (
        partition by dataset, source_table, period_type, period_start, period_end
        order by known_on desc, edition desc, submission_seq desc, submission_id desc
    ) = 1
)

select * from chosen
