with

owed as (
    select * from {{ ref('int_list_sources__placed') }}
    where list != '' and is_owed and not is_own_area
),

service_waits as (
    select * from {{ ref('service_waits') }}
),

published as (
    select * from {{ ref('int_published_lists__judged') }}
),

services as (
    select * from {{ ref('lists') }}
    where service_line is not null
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
    where part_of is null
),

held as (
    select
        feed,
        sender,
        service as list,
        min(census_date) as first_day
    from service_waits
    where exclusion_reason is null
    group by feed, sender, service
),

-- Of a sender that has sent lists, those that have held a referral.
sources as (
    select owed.*
    from owed
    left join held
        on
            owed.feed = held.feed
            and owed.sender = held.sender
            and owed.list = held.list
            and owed.period_end >= held.first_day
    where held.list is not null or not owed.has_history
),

providers as (
    select distinct
        submission_id,
        service,
        provider_code
    from service_waits
),

-- Two senders may report children of one provider; without one of them its list is not whole.
-- The first of several reasons is the first by the alphabet too.
local_bands as (
    select
        'local' as basis,
        sources.area_code,
        sources.list as service,
        coalesce(providers.provider_code, sources.sender) as provider_code,
        wait_bands.band as wait_band,
        min(sources.days_gap) as status_reason,
        count(service_waits.referral_id) as referral_count,
        sources.period_start,
        sources.period_end
    from sources
    left join providers
        on
            sources.stock_submission_id = providers.submission_id
            and sources.list = providers.service
    cross join wait_bands
    left join service_waits
        on
            providers.submission_id = service_waits.submission_id
            and providers.service = service_waits.service
            and providers.provider_code = service_waits.provider_code
            and wait_bands.band = service_waits.wait_band
    group by all
),

provider_lists as (
    select
        published.area_code,
        coalesce(services.list, replace(published.service_line, '(CYP) ', '')) as service,
        published.bands_reason as status_reason,
        published.period_start,
        published.period_end,
        coalesce(published.band_0_7, 0) as "0-7",
        coalesce(published.band_8_14, 0) as "8-14",
        coalesce(published.band_15_28, 0) as "15-28",
        coalesce(published.band_29_84, 0) as "29-84",
        coalesce(published.band_85_126, 0) as "85-126",
        coalesce(published.band_127_364, 0) as "127-364",
        coalesce(published.band_365_plus, 0) as "365+"
    from published
    left join services on published.service_line = services.service_line
    where
        published.geo_level = 'provider'
        and (published.bands_reason is null or starts_with(published.bands_reason, 'withheld:'))
),

published_bands as (
    select
        'published' as basis,
        area_code,
        service,
        area_code as provider_code,
        wait_band,
        status_reason,
        referral_count,
        period_start,
        period_end
    from (
        unpivot provider_lists
        on "0-7", "8-14", "15-28", "29-84", "85-126", "127-364", "365+"
        into name wait_band value referral_count
    )
),

bands as (
    select * from local_bands
    union all by name
    select * from published_bands
),

waiting_list as (
    select
        period_start,
        period_end,
        basis,
        area_code,
        service,
        provider_code,
        wait_band,
        case when status_reason is null then referral_count end as referral_count,
        case when status_reason is null then 'value' else 'not_available' end as value_status,
        status_reason
    from bands
)

select * from waiting_list
