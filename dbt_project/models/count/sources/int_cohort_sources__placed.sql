with

cohort_sources as (
    select * from {{ ref('cohort_sources') }}
),

list_sources as (
    select * from {{ ref('int_list_sources__placed') }}
    where is_owed and not is_own_area
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

months as (
    select * from {{ ref('int_months__reported') }}
),

used as (
    select * from {{ ref('stg_run__used') }}
    where feed = 'identity_map'
),

identities as (
    select * from {{ ref('stg_identity_map__identities') }}
),

findings as (
    select * from {{ ref('int_findings__of_feeds') }}
),

-- Nobody owes the identity map, so it stands beside the lists: a sender's newest one counts in
-- every month in which one of its matches holds.
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

placed as (
    select
        list_sources.area_code,
        list_sources.area_name,
        cohort_sources.source,
        list_sources.sender,
        list_sources.stock_submission_id as submission_id,
        list_sources.stock_gap as gap,
        list_sources.stock_known_on as known_on,
        list_sources.period_start,
        list_sources.period_end
    from list_sources
    inner join cohort_sources
        on
            list_sources.feed = cohort_sources.feed
            and list_sources.list = coalesce(cohort_sources.list, '')
    union all by name
    select
        senders.area_code,
        senders.area_name,
        'map' as source,
        maps_in_force.sender,
        maps_in_force.submission_id,
        'withheld:' || maps_in_force.rule_id as gap,
        maps_in_force.known_on,
        maps_in_force.period_start,
        maps_in_force.period_end
    from maps_in_force
    inner join senders on maps_in_force.sender = senders.sender
)

select * from placed
