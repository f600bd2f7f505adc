-- The steps of a ratio are the figures of its parts: one, or one for each month end.
with

parts as (
    select * from {{ ref('int_ratio_parts__found') }}
),

figures as (
    select * from {{ ref('int_figures__united') }}
    where value_status in ('value', 'not_applicable')
),

counted as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        figures.numerator,
        figures.denominator,
        parts.part = 'numerator' as is_above,
        parts.part_indicator_id,
        parts.is_position,
        count(*) as row_count
    from figures
    inner join parts
        on
            figures.basis = 'local'
            and figures.indicator_id = parts.indicator_id
            and figures.period_type = parts.period_type
            and figures.period_end = parts.period_end
            and figures.area_code = parts.area_code
    group by all
),

told as (
    select
        {{ figure_key() | join(',\n        ') }},
        if(is_above, 1, 2) as step_number,
        if(is_position, 'mean of the month ends of ', 'figure of ') || part_indicator_id as step,
        row_count,
        if(is_above, numerator, 0) as counts_in_numerator,
        if(is_above, 0, denominator) as counts_in_denominator,
        cast(null as varchar) as source_reference
    from counted
)

select * from told
