with

used as (
    select * from {{ ref('stg_run__used') }}
),

findings as (
    select * from {{ ref('int_findings__of_feeds') }}
),

sound as (
    select used.*
    from used
    anti join findings
        on
            used.feed = findings.feed
            and used.sender = findings.sender
            and used.period_start = findings.period_start
)

select * from sound
