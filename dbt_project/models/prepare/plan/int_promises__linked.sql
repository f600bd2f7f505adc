with

evidence as (
    select * from {{ ref('strategy_evidence') }}
),

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

statements as (
    select * from {{ ref('plan_statements') }}
),

commitments as (
    select * from {{ ref('roadmap_commitments') }}
),

measures as (
    select * from {{ ref('roadmap_measures') }}
),

areas as (
    select * from {{ ref('priority_areas') }}
),

-- An indicator says itself which evidence and which area it serves; headline ones come first.
adopted as (
    select
        *,
        row_number() over (order by is_headline desc, indicator_id asc) as indicator_order
    from {{ ref('int_indicators__adopted') }}
),

serving as (
    select
        indicator_id,
        indicator_order,
        unnest(string_split(strategy_bullets, '; ')) as promise_id
    from adopted
    union all by name
    select
        indicator_id,
        indicator_order,
        unnest(string_split(priority_areas, '; ')) as promise_id
    from adopted
),

evidence_promised as (
    select
        'evidence' as kind,
        evidence.bullet_id as promise_id,
        evidence.sort_order,
        evidence.outcome_measure as part_of,
        evidence.text,
        serving.indicator_id,
        serving.indicator_order
    from evidence
    left join serving on evidence.bullet_id = serving.promise_id
),

measures_promised as (
    select distinct
        'plan_measure' as kind,
        cells.statement || '.' || cells.metric_number as promise_id,
        cells.metric_number as sort_order,
        statements.title as part_of,
        cells.metric as text,
        cells.indicator_id,
        1 as indicator_order
    from cells
    left join statements on cells.statement = statements.statement
),

-- An expected inspection is a date, and no promise.
commitments_promised as (
    select
        commitments.kind,
        commitments.commitment_id as promise_id,
        commitments.sort_order,
        commitments.due_text as part_of,
        commitments.text,
        measures.indicator_id,
        measures.sort_order as indicator_order
    from commitments
    left join measures on commitments.commitment_id = measures.commitment_id
    where commitments.kind != 'inspection'
),

areas_promised as (
    select
        areas.kind,
        areas.priority_area as promise_id,
        areas.sort_order,
        areas.source as part_of,
        areas.title as text,
        serving.indicator_id,
        serving.indicator_order
    from areas
    left join serving on areas.priority_area = serving.promise_id
),

promises as (
    select * from evidence_promised
    union all by name
    select * from measures_promised
    union all by name
    select * from commitments_promised
    union all by name
    select * from areas_promised
)

select * from promises
