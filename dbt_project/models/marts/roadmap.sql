with

commitments as (
    select * from {{ ref('roadmap_commitments') }}
),

judged as (
    select
        *,
        case position
            when 'off_course' then 1
            when 'on_course' then 2
            when 'met' then 3
            else 4
        end as severity
    from {{ ref('int_commitments__judged') }}
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
    from judged
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
