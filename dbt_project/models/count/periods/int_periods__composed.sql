with

months as (
    select * from {{ ref('int_months__covered') }}
    where is_reported
),

kinds as (
    select * from {{ ref('period_kinds') }}
),

starts as (
    select
        period_kind,
        cast(unnest(string_split(begins_in, ';')) as integer) as first_month
    from kinds
),

-- A period has figures once its last month is in the release.
ended as (
    select
        kinds.period_kind,
        kinds.period_type,
        kinds.is_position,
        coalesce(
            kinds.begins_on,
            cast(months.period_start - to_months(kinds.months - 1) as date),
            -- The newest of the months in which such a period begins.
            cast(
                months.period_start - to_months((
                    select min((12 + month(months.period_start) - starts.first_month) % 12)
                    from starts
                    where starts.period_kind = kinds.period_kind
                ))
                as date
            )
        ) as first_month,
        months.period_start as last_month,
        months.period_end
    from months
    inner join kinds
        on
            months.period_start >= coalesce(kinds.begins_on, months.period_start)
            and (
                kinds.ends_in is null
                or list_contains(
                    string_split(kinds.ends_in, ';'), cast(month(months.period_start) as varchar)
                )
            )
),

composed as (
    select
        period_kind,
        period_type,
        if(period_type = 'census', period_end, first_month) as period_start,
        period_end,
        cast(
            unnest(
                generate_series(
                    if(is_position, last_month, first_month), last_month, interval 1 month
                )
            )
            as date
        ) as month_start
    from ended
)

select * from composed
