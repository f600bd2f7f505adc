with

local_feeds as (
    select * from {{ source('run', 'local_feeds') }}
)

select * from local_feeds
