with

snapshots as (
    select * from {{ ref('int_local_sources__chosen') }}
    where is_owed and feed in ('sen2_ehc', 'ccis')
),

waits as (
    select * from {{ ref('int_wait_sources__placed') }}
    where is_owed and service in ('SLT', 'ND', 'BRANCH')
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

months as (
    select * from {{ ref('int_months__reported') }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
    where feed = 'identity_map'
),

identities as (
    select * from {{ ref('stg_identity_map__identities') }}
),

findings as (
    select * from {{ ref('int_findings__of_feeds') }}
),

-- The newest map of a sender stands for every month in which one of its matches holds.
newest_maps as (
    select
        sender,
        max_by(submission_id, period_end) as submission_id,
        max_by(known_on, period_end) as known_on,
        max(period_start) as map_month
    from used
    group by sender
),

maps_in_force as (
    select
        newest_maps.sender,
        newest_maps.submission_id,
        findings.rule_id,
        newest_maps.known_on,
        months.period_start,
        months.period_end
    from newest_maps
    cross join months
    left join findings
        on
            findings.feed = 'identity_map'
            and newest_maps.sender = findings.sender
            and newest_maps.map_month = findings.period_start
    where exists (
        select 1 from identities
        where
            identities.submission_id = newest_maps.submission_id
            and months.period_end >= identities.valid_from
            and months.period_end <= coalesce(identities.valid_to, months.period_end)
    )
),

united as (
    select
        if(feed = 'ccis', 'neet', 'casework') as source,
        sender,
        stock_submission_id as submission_id,
        coalesce(stock_gap, 'withheld:' || stock_rule) as gap,
        stock_known_on as known_on,
        period_start,
        period_end
    from snapshots
    union all by name
    select
        lower(service) as source,
        sender,
        stock_submission_id as submission_id,
        stock_gap as gap,
        stock_known_on as known_on,
        period_start,
        period_end
    from waits
    union all by name
    select
        'map' as source,
        sender,
        submission_id,
        'withheld:' || rule_id as gap,
        known_on,
        period_start,
        period_end
    from maps_in_force
),

placed as (
    select
        senders.area_code,
        senders.area_name,
        united.*
    from united
    inner join senders on united.sender = senders.sender
)

select * from placed
