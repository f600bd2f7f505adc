with

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
),

listed as (
    select distinct sender from {{ ref('int_senders__listed') }}
),

invented as (
    select pattern from {{ ref('invented_senders') }}
),

senders as (
    select
        submissions.sender,
        max(
            if(
                regexp_full_match(submissions.sender, invented.pattern),
                regexp_extract(submissions.sender, '[0-9]+'),
                ''
            )
        ) as invented_number,
        bool_or(coalesce(feeds.sender_is_area, false)) as is_area
    from submissions
    cross join invented
    left join feeds on submissions.feed = feeds.feed
    -- Whose map it is says which area's children it tells of.
    where
        (feeds.feed is not null or submissions.feed = 'identity_map')
        and submissions.verdict != 'held'
    group by submissions.sender
),

named_senders as (
    select
        senders.sender,
        senders.invented_number,
        senders.is_area,
        senders.invented_number != '' or listed.sender is not null as is_known,
        regexp_full_match(senders.sender, '[EWSN][0-9]{8}')
        and senders.sender != '{{ var("local_area") }}' as is_other_authority,
        coalesce(area_names.area_name, senders.sender) as sender_name
    from senders
    left join listed on senders.sender = listed.sender
    left join area_names on senders.sender = area_names.area_code
),

local_area as (
    select area_name
    from area_names
    where area_code = '{{ var("local_area") }}'
),

-- Demonstration areas carry codes that no council has: E0899 and the sender's number. Another
-- authority is an area of its own; every other sender serves the local one.
placed as (
    select
        named_senders.sender,
        named_senders.sender_name,
        named_senders.is_known,
        named_senders.is_area,
        case
            when named_senders.invented_number != '' then 'E0899' || named_senders.invented_number
            when named_senders.is_other_authority then named_senders.sender
            else '{{ var("local_area") }}'
        end as area_code,
        case
            when named_senders.invented_number != ''
                then 'Invented area ' || cast(named_senders.invented_number as integer)
            when named_senders.is_other_authority then named_senders.sender_name
            else local_area.area_name
        end as area_name,
        case
            when named_senders.invented_number != '' then named_senders.invented_number
            when not named_senders.is_other_authority then '{{ var("local_la_code") }}'
        end as la_code
    from named_senders
    cross join local_area
)

select * from placed
