{%- set counted = 'counted' -%}
{%- set below_the_line = 'in the denominator, not counted' -%}
with

indicators as (
    select * from {{ ref('indicator_catalogue') }}
    where measure is distinct from 'published_only'
),

sources as (
    select * from {{ ref('int_case_sources__placed') }}
),

cases as (
    select * from {{ ref('int_local_cases__united') }}
),

submissions as (
    select * from {{ ref('int_submissions__used') }}
),

figures as (
    select * from {{ ref('indicator_values') }}
    where basis = 'local' and breakdown = 'all' and value_status in ('value', 'not_applicable')
),

deliveries as (
    select
        sources.indicator_id,
        sources.period_type,
        sources.period_start,
        sources.area_code,
        sum(submissions.rows_landed) as landed_count,
        sum(submissions.rows_kept) as kept_count,
        string_agg(submissions.submission_id, ', ' order by submissions.submission_id)
            as source_reference
    from sources
    inner join submissions on sources.submission_id = submissions.submission_id
    group by all
),

counts as (
    select
        sources.indicator_id,
        sources.period_type,
        sources.period_start,
        sources.area_code,
        cases.exclusion,
        count(*) as row_count,
        count(*) filter (where cases.in_numerator) as counted_count,
        count(*) filter (where cases.in_denominator) as base_count
    from cases
    inner join sources
        on
            cases.indicator_id = sources.indicator_id
            and cases.period_type = sources.period_type
            and cases.period_start = sources.period_start
            and cases.submission_id = sources.submission_id
    group by all
),

totals as (
    select
        indicator_id,
        period_type,
        period_start,
        area_code,
        sum(row_count) as row_count,
        sum(counted_count) as counted_count,
        sum(base_count) as base_count,
        list(
            { 'step': 'excluded: ' || replace(exclusion, '_', ' '), 'row_count': row_count }
            order by exclusion
        ) filter (where exclusion is not null) as excluded
    from counts
    group by all
),

-- The last step of a share is below the line only; of a count there is none, and the cases of a
-- median are all counted.
joined as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        figures.numerator,
        figures.denominator,
        indicators.unit,
        deliveries.landed_count,
        deliveries.kept_count,
        deliveries.source_reference,
        totals.excluded,
        coalesce(totals.row_count, 0) as row_count,
        coalesce(
            if(indicators.unit in ('count', 'pct'), totals.counted_count, totals.base_count), 0
        ) as hit_count,
        coalesce(totals.base_count, 0) as base_count
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    inner join deliveries
        on
            figures.indicator_id = deliveries.indicator_id
            and figures.period_type = deliveries.period_type
            and figures.period_start = deliveries.period_start
            and figures.area_code = deliveries.area_code
    left join totals
        on
            deliveries.indicator_id = totals.indicator_id
            and deliveries.period_type = totals.period_type
            and deliveries.period_start = totals.period_start
            and deliveries.area_code = totals.area_code
),

listed as (
    select
        *,
        list_concat(
            [
                { 'step': 'rows delivered', 'row_count': landed_count },
                { 'step': 'rows kept', 'row_count': kept_count },
                { 'step': 'rows looked at', 'row_count': row_count }
            ],
            excluded,
            [{ 'step': '{{ counted }}', 'row_count': hit_count }],
            if(
                unit = 'pct',
                [{ 'step': '{{ below_the_line }}', 'row_count': base_count - hit_count }],
                []
            )
        ) as steps
    from joined
),

numbered as (
    select
        * exclude (steps),
        unnest(steps) as step,
        generate_subscripts(steps, 1) as step_number
    from listed
),

counted as (
    select
        {{ prefixed(figure_key(), 'numbered') }},
        numbered.step_number,
        numbered.step.step,
        cast(numbered.step.row_count as bigint) as row_count,
        case
            when numbered.numerator is not null
                then if(numbered.step.step = '{{ counted }}', numbered.step.row_count, 0)
        end as counts_in_numerator,
        case
            when numbered.denominator is not null
                then if(
                    numbered.step.step in ('{{ counted }}', '{{ below_the_line }}'),
                    numbered.step.row_count,
                    0
                )
        end as counts_in_denominator,
        numbered.source_reference
    from numbered
)

select * from counted
