with

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

closures as (
    select * from {{ ref('stg_school_closures__closures') }}
),

-- A later list corrects an earlier one, but need not repeat the years before it.
newest as (
    select
        closures.urn,
        closures.closed_from,
        max_by(closures.reopens, sound.period_end) as reopens
    from closures
    inner join sound on closures.submission_id = sound.submission_id
    group by closures.urn, closures.closed_from
),

preceded as (
    select
        *,
        max(reopens) over (
            partition by urn order by closed_from
            rows between unbounded preceding and 1 preceding
        ) as earlier_reopens
    from newest
),

-- Some lists leave weekends out: what reopens on a Saturday and closes on the Monday went on.
marked as (
    select
        *,
        coalesce(
            closed_from > earlier_reopens
            + case isodow(earlier_reopens) when 6 then 2 when 7 then 1 else 0 end,
            true
        ) as is_new
    from preceded
),

numbered as (
    select
        *,
        count(*) filter (where is_new) over (partition by urn order by closed_from)
            as closure_number
    from marked
),

continuous as (
    select
        urn,
        min(closed_from) as closed_from,
        max(reopens) as reopens
    from numbered
    group by urn, closure_number
),

windowed as (
    select
        urn,
        closed_from,
        reopens,
        closed_from - {{ parameter('closure_margin_days') }} as window_start,
        reopens - {{ parameter('closure_margin_days') }} as window_end
    from continuous
    where date_diff('day', closed_from, reopens) >= {{ parameter('closure_days') }}
)

select * from windowed
