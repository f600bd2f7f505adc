-- One row per spell with a funded short break and month on a day of which it ran, as far back as
-- the file reaches.
with

breaks as (
    select * from {{ ref('social_care_spells') }}
    where short_break_date <= census_date
),

feeds as (
    select * from {{ ref('int_feeds__counted') }}
    where feed = 'social_care'
),

months as (
    select
        breaks.*,
        cast(
            unnest(
                generate_series(
                    greatest(
                        date_trunc('month', breaks.short_break_date),
                        date_trunc('month', breaks.census_date)
                        - to_months(feeds.flow_look_back_months)
                    ),
                    least(breaks.spell_end, breaks.census_date),
                    interval 1 month
                )
            ) as date
        ) as month_start
    from breaks
    cross join feeds
)

select
    child_id,
    greatest(short_break_date, month_start) as used_date,
    submission_id,
    sender,
    source_row,
    census_date
from months
