with

figures as (
    select * from {{ ref('int_published_series__built') }}
),

cells as (
    select * from {{ ref('int_published_series__matched') }}
    where is_chosen
),

-- One step a part of the figure, with the cell that prints it; a cell printed twice is one step.
counted as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        cells.position as step_number,
        cells.measure as step,
        count(*) as row_count,
        case
            when any_value(figures.value_status) = 'value' and any_value(figures.has_parts)
                then if(any_value(cells.role) = 'numerator', any_value(cells.value), 0)
        end as counts_in_numerator,
        case
            when
                any_value(figures.value_status) = 'value'
                and any_value(figures.has_parts)
                and any_value(figures.denominator) is not null
                then if(any_value(cells.role) = 'denominator', any_value(cells.value), 0)
        end as counts_in_denominator,
        string_agg(
            cells.source_file || '!R' || cells.source_row || 'C' || cells.source_column,
            ', '
            order by cells.source_file, cells.source_row, cells.source_column
        ) as source_reference
    from figures
    inner join cells
        on
            figures.series_id = cells.series_id
            and figures.period_type = cells.period_type
            and figures.period_start = cells.period_start
            and figures.period_end = cells.period_end
            and figures.area_code = cells.area_code
    where figures.value_status != 'value' or figures.has_parts = (cells.role != 'value')
    group by all
)

select * from counted
