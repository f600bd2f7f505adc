with

published as (
    select * from {{ ref('int_published_lists__pivoted') }}
),

owed as (
    select * from {{ ref('int_lists__owed') }}
    where submission_id is not null
),

lists as (
    select * from {{ ref('lists') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
),

area_names as (
    select distinct area_code from {{ ref('int_areas__listed') }}
),

parents as (
    select * from {{ ref('int_parents__dated') }}
),

area_successors as (
    select * from {{ ref('area_successors') }}
),

-- Where an organisation stands in a month, and whose people it has taken over by then.
organisations as (
    select distinct
        org_code,
        period_end
    from published
    where org_code is not null
),

taken_over as (
    select
        organisations.org_code,
        organisations.period_end,
        string_agg(area_successors.area_code, ' ' order by area_successors.area_code)
            as predecessor_codes
    from organisations
    inner join area_successors
        on
            organisations.org_code = area_successors.successor_code
            and organisations.period_end >= area_successors.valid_from
    group by organisations.org_code, organisations.period_end
),

placed as (
    select
        organisations.org_code,
        organisations.period_end,
        area_names.area_code is not null as is_known,
        parents.parent_code,
        grandparents.parent_code as grandparent_code,
        taken_over.predecessor_codes
    from organisations
    left join area_names on organisations.org_code = area_names.area_code
    left join parents
        on
            organisations.org_code = parents.area_code
            and organisations.period_end between parents.valid_from and parents.valid_to
    left join parents as grandparents
        on
            parents.parent_code = grandparents.area_code
            and organisations.period_end between grandparents.valid_from and grandparents.valid_to
    left join taken_over
        on
            organisations.org_code = taken_over.org_code
            and organisations.period_end = taken_over.period_end
),

published_lists as (
    select
        'published' as basis,
        published.period,
        published.period_end,
        published.geo_level as org_level,
        published.org_code,
        published.org_name,
        published.org_key,
        placed.parent_code,
        placed.grandparent_code,
        placed.predecessor_codes,
        published.service_line,
        case
            when published.total is not null then 'value'
            when published.total_symbol = 'blank' then 'blank'
            else 'suppressed'
        end as status,
        coalesce(placed.is_known, false) as is_known,
        published.total,
        published.band_0_7,
        published.band_8_14,
        published.band_15_28,
        published.band_29_84,
        published.band_85_126,
        published.band_127_364,
        published.band_365_728,
        published.band_729_plus,
        published.band_365_plus,
        cast(null as bigint) as lost_count
    from published
    left join placed
        on published.org_code = placed.org_code and published.period_end = placed.period_end
),

waits as (
    select
        service_waits.submission_id,
        service_waits.service,
        service_waits.wait_band,
        coalesce(finer.band, service_waits.wait_band) as finest_band
    from service_waits
    left join wait_bands as finer
        on
            service_waits.wait_band = finer.part_of
            and service_waits.waited_days >= finer.from_day
            and service_waits.waited_days <= coalesce(finer.to_day, service_waits.waited_days)
    where service_waits.is_waiting
),

counts as (
    select
        submission_id,
        service,
        count(*) as total,
        count(*) filter (where finest_band = '0-7') as band_0_7,
        count(*) filter (where finest_band = '8-14') as band_8_14,
        count(*) filter (where finest_band = '15-28') as band_15_28,
        count(*) filter (where finest_band = '29-84') as band_29_84,
        count(*) filter (where finest_band = '85-126') as band_85_126,
        count(*) filter (where finest_band = '127-364') as band_127_364,
        count(*) filter (where finest_band = '365-728') as band_365_728,
        count(*) filter (where finest_band = '729+') as band_729_plus,
        count(*) filter (where wait_band = '365+') as band_365_plus
    from waits
    group by submission_id, service
),

-- Lists that NHS England publishes too are judged by the same rules.
expected as (
    select owed.*
    from owed
    inner join lists on owed.feed = lists.feed and owed.list = lists.list
    where lists.service_line is not null
),

-- Who waited in the list before and is in this one neither waiting nor closed (rule TP2).
lost as (
    select
        expected.submission_id,
        before.service,
        count(*) as lost_count
    from expected
    inner join service_waits as before
        on
            expected.sender = before.sender
            and expected.list = before.service
            and before.census_date = expected.period_start - interval 1 day
            and before.is_waiting
    anti join service_waits as now
        on
            expected.submission_id = now.submission_id
            and before.referral_id = now.referral_id
    group by expected.submission_id, before.service
),

-- A delivered list without anyone waiting is a list of zero, not a missing one.
local_lists as (
    select
        'local' as basis,
        strftime(expected.period_start, '%Y-%m') as period,
        expected.period_end,
        'provider' as org_level,
        expected.sender as org_code,
        senders.sender_name as org_name,
        expected.sender as org_key,
        senders.area_code as parent_code,
        cast(null as varchar) as grandparent_code,
        cast(null as varchar) as predecessor_codes,
        expected.list as service_line,
        'value' as status,
        true as is_known,
        coalesce(counts.total, 0) as total,
        coalesce(counts.band_0_7, 0) as band_0_7,
        coalesce(counts.band_8_14, 0) as band_8_14,
        coalesce(counts.band_15_28, 0) as band_15_28,
        coalesce(counts.band_29_84, 0) as band_29_84,
        coalesce(counts.band_85_126, 0) as band_85_126,
        coalesce(counts.band_127_364, 0) as band_127_364,
        coalesce(counts.band_365_728, 0) as band_365_728,
        coalesce(counts.band_729_plus, 0) as band_729_plus,
        coalesce(counts.band_365_plus, 0) as band_365_plus,
        coalesce(lost.lost_count, 0) as lost_count
    from expected
    inner join senders on expected.sender = senders.sender
    left join counts
        on
            expected.submission_id = counts.submission_id
            and expected.list = counts.service
    left join lost
        on
            expected.submission_id = lost.submission_id
            and expected.list = lost.service
),

united as (
    select * from published_lists
    union all
    select * from local_lists
)

select * from united
