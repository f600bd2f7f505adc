with

commitments as (
    select * from {{ ref('roadmap_commitments') }}
),

measures as (
    select * from {{ ref('roadmap_measures') }}
),

status as (
    select * from {{ ref('indicator_status') }}
    where basis = 'local' and area_code = '{{ var("local_area") }}'
),

-- A period whose time is not over, or much of which is still to be recorded, is passed over while
-- an earlier one can be told; a missing file is not.
newest as (
    select *
    from status
    qualify row_number() over (
        partition by indicator_id, period_type
        order by
            coalesce(status_reason = 'not_mature' or not is_complete, false) asc,
            period_end desc
    ) = 1
),

asked as (
    select
        measures.commitment_id,
        measures.sort_order,
        measures.indicator_id,
        measures.operator,
        measures.period_type,
        commitments.due_date,
        newest.period_start,
        newest.period_end,
        newest.numerator,
        newest.denominator,
        newest.unit,
        newest.direction,
        newest.value,
        newest.year_ago_value,
        measures.threshold_value,
        case
            when newest.direction = 'lower' then 0
            when newest.direction = 'higher' and newest.unit = 'pct' then 100
        end as best_value,
        -- Where the figure stands on the due date if the change of the last year goes on.
        if(
            newest.period_end < commitments.due_date,
            newest.value
            + (newest.value - newest.year_ago_value)
            * date_diff('month', newest.period_end, commitments.due_date) / 12,
            null
        ) as value_at_this_pace
    from measures
    inner join commitments on measures.commitment_id = commitments.commitment_id
    left join newest
        on
            measures.indicator_id = newest.indicator_id
            and measures.period_type = newest.period_type
),

compared as (
    select
        * exclude (best_value, value_at_this_pace),
        {{ is_met('value', 'operator', 'threshold_value', 'direction') }} as is_reached,
        {{ is_met('value_at_this_pace', 'operator', 'threshold_value', 'direction') }}
            as is_on_pace,
        {{ is_met('value', 'direction', 'year_ago_value', 'direction') }} as is_better,
        coalesce(value = best_value, false) as is_best
    from asked
),

judged as (
    select
        *,
        case
            when operator is null or value is null then 'no_evidence'
            when is_reached and period_end >= due_date then 'met'
            when is_reached then 'on_course'
            when operator != 'better' and period_end >= due_date then 'off_course'
            when operator != 'better' and is_on_pace then 'on_course'
            when operator != 'better' and not is_on_pace then 'off_course'
            when operator = 'better' and (is_better or is_best) then 'on_course'
            when operator = 'better' and not is_better then 'off_course'
            else 'no_evidence'
        end as position
    from compared
)

select * from judged
