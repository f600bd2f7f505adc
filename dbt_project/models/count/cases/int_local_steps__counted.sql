{%- set counted = 'counted' -%}
{%- set delivered = 'sum of delivered counts' -%}
{%- set below_the_line = 'in the denominator, not counted' -%}
with

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

periods as (
    select * from {{ ref('int_indicator_periods__composed') }}
),

sources as (
    select * from {{ ref('int_indicator_sources__chosen') }}
),

case_steps as (
    select * from {{ ref('int_case_steps__gathered') }}
),

used_submissions as (
    select * from {{ ref('stg_run__used') }}
),

measures as (
    select * from {{ ref('int_measures__declared') }}
),

entries as (
    select * from {{ ref('int_record_entries__listed') }}
),

-- The warehouse's own record of a month holds counts too.
submissions as (
    select
        submission_id,
        rows_landed,
        rows_kept
    from used_submissions
    union all
    select
        submission_id,
        count(*) as rows_landed,
        count(*) as rows_kept
    from entries
    group by submission_id
),

figures as (
    select * from {{ ref('int_figures__united') }}
    where basis = 'local' and breakdown = 'all' and value_status in ('value', 'not_applicable')
),

-- A delivery is named once, however many months of the period rest on it.
used as (
    select distinct
        periods.indicator_id,
        periods.period_type,
        periods.period_end,
        sources.area_code,
        sources.submission_id
    from periods
    inner join sources
        on
            periods.indicator_id = sources.indicator_id
            and periods.month_start = sources.period_start
),

deliveries as (
    select
        used.indicator_id,
        used.period_type,
        used.period_end,
        used.area_code,
        sum(submissions.rows_landed) as landed_count,
        sum(submissions.rows_kept) as kept_count,
        string_agg(submissions.submission_id, ', ' order by submissions.submission_id)
            as source_reference
    from used
    inner join submissions on used.submission_id = submissions.submission_id
    group by all
),

steps_of_areas as (
    {{ placed_in_areas('case_steps') }}
),

counts as (
    select
        periods.indicator_id,
        periods.period_type,
        periods.period_end,
        steps_of_areas.area_code,
        steps_of_areas.exclusion,
        sum(steps_of_areas.row_count) as row_count,
        sum(steps_of_areas.counted_count) as counted_count,
        sum(steps_of_areas.base_count) as base_count
    from periods
    inner join steps_of_areas
        on
            periods.indicator_id = steps_of_areas.indicator_id
            and periods.month_start = steps_of_areas.period_start
    group by all
),

totals as (
    select
        indicator_id,
        period_type,
        period_end,
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

joined as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        figures.numerator,
        figures.denominator,
        indicators.unit,
        indicators.aggregation,
        {{ counts_once('indicators.aggregation') }} as is_once,
        deliveries.landed_count,
        deliveries.kept_count,
        deliveries.source_reference,
        coalesce(measures.is_added_up, false) as is_delivered,
        totals.excluded,
        coalesce(totals.row_count, 0) as row_count,
        coalesce(totals.counted_count, 0) as counted_count,
        coalesce(totals.base_count, 0) as base_count
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    left join measures on indicators.measure = measures.measure
    inner join deliveries
        on
            figures.indicator_id = deliveries.indicator_id
            and figures.period_type = deliveries.period_type
            and figures.period_end = deliveries.period_end
            and figures.area_code = deliveries.area_code
    left join totals
        on
            deliveries.indicator_id = totals.indicator_id
            and deliveries.period_type = totals.period_type
            and deliveries.period_end = totals.period_end
            and deliveries.area_code = totals.area_code
),

-- Above the line of a share are some of the cases below it; all cases of a median or a mean
-- count; a person who has several cases in the period counts once.
hits as (
    select
        *,
        case
            when is_once then cast(coalesce(numerator, 0) as bigint)
            when unit in ('count', 'pct', 'distribution') then counted_count
            else base_count
        end as hit_count,
        if(is_once, cast(coalesce(denominator, 0) as bigint), base_count) as whole_count
    from joined
),

listed as (
    select
        *,
        list_concat(
            [
                { 'step': 'rows delivered', 'row_count': landed_count },
                { 'step': 'rows kept', 'row_count': kept_count },
                {
                    'step': 'of other tables, services and times',
                    'row_count': kept_count - row_count
                },
                { 'step': 'rows looked at', 'row_count': row_count }
            ],
            excluded,
            if(
                is_once,
                [
                    {
                        'step': 'excluded: counted before in the period',
                        'row_count': if(
                            unit = 'pct', base_count - whole_count, counted_count - hit_count
                        )
                    }
                ],
                []
            ),
            [
                {
                    'step': if(is_delivered, '{{ delivered }}', '{{ counted }}'),
                    'row_count': hit_count
                }
            ],
            if(
                unit = 'pct' and not is_delivered,
                [{ 'step': '{{ below_the_line }}', 'row_count': whole_count - hit_count }],
                []
            )
        ) as steps
    from hits
),

numbered as (
    select
        * exclude (steps),
        unnest(steps) as step,
        generate_subscripts(steps, 1) as step_number
    from listed
),

-- The numerator of a mean is no count: what is added up over its cases. Where numbers of the rows
-- are added up, such as counts as their sender counted them, so is the figure.
steps as (
    select
        {{ prefixed(figure_key(), 'numbered') }},
        numbered.step_number,
        numbered.step.step,
        cast(numbered.step.row_count as bigint) as row_count,
        case
            when numbered.numerator is null then null
            when numbered.step.step not in ('{{ counted }}', '{{ delivered }}') then 0
            when numbered.aggregation = 'mean' or numbered.is_delivered then numbered.numerator
            else numbered.step.row_count
        end as counts_in_numerator,
        case
            when numbered.denominator is null then null
            when numbered.step.step = '{{ delivered }}' then numbered.denominator
            when numbered.step.step in ('{{ counted }}', '{{ below_the_line }}')
                then numbered.step.row_count
            else 0
        end as counts_in_denominator,
        numbered.source_reference
    from numbered
)

select * from steps
