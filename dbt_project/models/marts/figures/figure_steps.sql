with

local_steps as (
    select * from {{ ref('int_local_steps__counted') }}
),

ratio_steps as (
    select * from {{ ref('int_ratio_steps__told') }}
),

published_steps as (
    select * from {{ ref('int_published_steps__counted') }}
),

published_series_steps as (
    select * from {{ ref('int_published_series_steps__counted') }}
),

figure_steps as (
    select * from local_steps
    union all by name
    select * from ratio_steps
    union all by name
    select * from published_steps
    union all by name
    select * from published_series_steps
)

select
    * replace (
        cast(step_number as bigint) as step_number,
        cast(counts_in_numerator as decimal(18, 4)) as counts_in_numerator,
        cast(counts_in_denominator as decimal(18, 4)) as counts_in_denominator
    )
from figure_steps
