with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
),

lines as (
    select * from {{ ref('therapy_service_lines') }}
),

indicators_with_lines as (
    select
        indicators.*,
        lines.service_line
    from indicators
    left join lines on indicators.service = lines.service
),

-- Columns are added at the end.
ordered as (
    select
        * exclude (snapshot),
        snapshot
    from indicators_with_lines
)

select * from ordered
