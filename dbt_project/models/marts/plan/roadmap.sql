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

-- A period whose time is not over, for which no file is due, or much of which is still to be
-- recorded, is passed over while an earlier one has a figure; a missing file is not.
newest as (
    select *
    from status
    qualify row_number() over (
        partition by indicator_id, period_type
        order by
            coalesce(status_reason in ('not_due', 'not_mature') or not is_complete, false) asc,
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
),

ordered as (
    select
        *,
        case position
            when 'off_course' then 1
            when 'on_course' then 2
            when 'met' then 3
            else 4
        end as severity
    from judged
),

named as (
    select
        commitment_id,
        string_agg(indicator_id, '; ' order by sort_order) as indicator_ids
    from judged
    group by commitment_id
),

-- The worst of those with evidence decides; of two that stand alike the one named first.
deciding as (
    select *
    from ordered
    where value is not null and operator is not null
    qualify row_number() over (
        partition by commitment_id
        order by severity, sort_order
    ) = 1
),

roadmap as (
    select
        commitments.commitment_id,
        commitments.due_date,
        commitments.text,
        commitments.evidence,
        commitments.threshold,
        deciding.value as actual_value,
        coalesce(deciding.position, 'no_evidence') as position,
        commitments.kind,
        commitments.sort_order,
        commitments.due_text,
        commitments.strategy_priority,
        commitments.priority_areas,
        commitments.source,
        named.indicator_ids,
        deciding.indicator_id,
        deciding.period_type,
        deciding.period_start,
        deciding.period_end,
        deciding.numerator,
        deciding.denominator,
        deciding.unit,
        deciding.direction,
        deciding.operator as threshold_operator,
        deciding.threshold_value,
        deciding.year_ago_value
    from commitments
    left join named on commitments.commitment_id = named.commitment_id
    left join deciding on commitments.commitment_id = deciding.commitment_id
)

select * from roadmap
