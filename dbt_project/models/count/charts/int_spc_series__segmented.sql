with

figures as (
    select
        *,
        date_trunc('month', period_end) as month_start
    from {{ ref('int_figures__united') }}
    where
        period_type = 'month'
        and breakdown = 'all'
        and value_status = 'value'
        -- What late recording still moves would be a sign of the recording, not of the process.
        and is_complete is distinct from false
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

rebase_points as (
    select * from {{ ref('rebase_points') }}
),

series as (
    select
        figures.indicator_id,
        figures.basis,
        figures.area_code,
        figures.period_start,
        figures.period_end,
        figures.month_start,
        figures.numerator,
        figures.denominator,
        figures.value,
        indicators.unit,
        indicators.aggregation,
        indicators.direction,
        indicators.spc
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
),

changes as (
    select
        *,
        coalesce(
            lead(first_month) over (
                partition by indicator_id, basis, area_code
                order by first_month
            ),
            date '9999-12-01'
        ) as next_first_month
    from rebase_points
),

-- A change begins a segment once there are points enough for limits of their own; until then the
-- limits before it go on.
begun as (
    select
        changes.indicator_id,
        changes.basis,
        changes.area_code,
        changes.first_month,
        changes.process_change,
        if(
            changes.baseline_points is null,
            null,
            greatest(changes.baseline_points, {{ parameter('spc_least_points') }})
        ) as baseline_points
    from changes
    inner join series
        on
            changes.indicator_id = series.indicator_id
            and changes.basis = series.basis
            and changes.area_code = series.area_code
            and changes.first_month <= series.month_start
            and changes.next_first_month > series.month_start
    group by all
    having count(*) >= {{ parameter('spc_least_points') }}
),

placed as (
    select
        series.*,
        begun.first_month as segment_start,
        begun.process_change,
        begun.baseline_points
    from series
    asof left join begun
        on
            series.indicator_id = begun.indicator_id
            and series.basis = begun.basis
            and series.area_code = begun.area_code
            and series.month_start >= begun.first_month
),

numbered as (
    select
        *,
        dense_rank() over (
            partition by indicator_id, basis, area_code
            order by segment_start nulls first
        ) as segment,
        row_number() over (
            partition by indicator_id, basis, area_code, segment_start
            order by period_end
        ) as position
    from placed
),

-- A change may settle that its first points alone draw the limits. Months that follow each other
-- share a stretch: a month without a figure ends one.
segmented as (
    select
        *,
        position <= coalesce(baseline_points, position) as is_baseline,
        year(month_start) * 12 + month(month_start) - position as stretch
    from numbered
)

select * from segmented
