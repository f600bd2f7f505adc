with

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

submissions as (
    select * from {{ ref('int_submissions__used') }}
),

stocks as (
    select * from {{ ref('int_service_stocks__counted') }}
),

flows as (
    select * from {{ ref('int_service_flows__counted') }}
),

figures as (
    select * from {{ ref('indicator_values') }}
    where basis = 'local' and value_status in ('value', 'not_applicable')
),

indicators as (
    select
        *,
        if(snapshot = 'newest', 'flow', 'stock') as kind
    from {{ ref('indicator_catalogue') }}
),

inputs as (
    select
        'stock' as kind,
        stock_submission_id as submission_id,
        area_code,
        service,
        period_start
    from placed
    union all
    select
        'flow' as kind,
        flow_submission_id as submission_id,
        area_code,
        service,
        period_start
    from placed
),

deliveries as (
    select
        inputs.kind,
        inputs.area_code,
        inputs.service,
        inputs.period_start,
        sum(submissions.rows_landed) as landed_count,
        sum(submissions.rows_kept) as kept_count,
        string_agg(submissions.submission_id, ', ' order by submissions.submission_id)
            as source_reference
    from inputs
    inner join submissions on inputs.submission_id = submissions.submission_id
    group by inputs.kind, inputs.area_code, inputs.service, inputs.period_start
),

counts as (
    select
        'stock' as kind,
        area_code,
        service,
        period_start,
        row_count,
        after_census_count,
        waiting_count as base_count
    from stocks
    union all by name
    select
        'flow' as kind,
        area_code,
        service,
        period_start,
        row_count,
        completed_count,
        not_accepted_count
    from flows
),

joined as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        figures.value_status,
        figures.numerator,
        figures.denominator,
        indicators.kind,
        deliveries.landed_count,
        deliveries.kept_count,
        deliveries.source_reference,
        counts.row_count,
        counts.after_census_count,
        coalesce(figures.numerator, figures.denominator, 0) as hit_count,
        case indicators.measure
            when 'completed_median' then counts.completed_count
            when 'not_accepted_signposted' then counts.not_accepted_count
            else counts.base_count
        end as base_count
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    inner join counts
        on
            indicators.kind = counts.kind
            and figures.area_code = counts.area_code
            and indicators.service = counts.service
            and figures.period_start = counts.period_start
    inner join deliveries
        on
            counts.kind = deliveries.kind
            and counts.area_code = deliveries.area_code
            and counts.service = deliveries.service
            and counts.period_start = deliveries.period_start
),

-- Only the last two steps count in the figure: they re-add to numerator and denominator.
steps as (
    select
        {{ figure_key() | join(',\n        ') }},
        numerator,
        denominator,
        source_reference,
        unnest([
            { 'step_number': 1, 'step': 'rows delivered', 'row_count': landed_count },
            { 'step_number': 2, 'step': 'rows kept', 'row_count': kept_count },
            { 'step_number': 3, 'step': 'rows of this service', 'row_count': row_count },
            {
                'step_number': 4,
                'step': 'excluded: received after the census date',
                'row_count': after_census_count
            },
            {
                'step_number': 5,
                'step': if(
                    kind = 'stock',
                    'excluded: clock stopped by the census date',
                    'excluded: nothing to count in the month'
                ),
                'row_count': row_count - coalesce(after_census_count, 0) - base_count
            },
            { 'step_number': 6, 'step': 'counted', 'row_count': hit_count },
            {
                'step_number': 7,
                'step': 'in the list, not counted',
                'row_count': base_count - hit_count
            }
        ]) as step
    from joined
),

counted as (
    select
        {{ prefixed(figure_key(), 'steps') }},
        steps.step.step_number,
        steps.step.step,
        cast(steps.step.row_count as bigint) as row_count,
        case
            when steps.numerator is not null
                then if(steps.step.step_number = 6, steps.step.row_count, 0)
        end as counts_in_numerator,
        case
            when steps.denominator is not null
                then if(steps.step.step_number >= 6, steps.step.row_count, 0)
        end as counts_in_denominator,
        steps.source_reference
    from steps
    where steps.step.row_count is not null
)

select * from counted
