with

status as (
    select * from {{ ref('indicator_status') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

fed as (
    select * from {{ ref('int_indicators__fed') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

-- Of periods that end on one day the shortest is the newest figure. A cohort whose time is not over
-- is passed over while an earlier one has a figure, and so is a month for which no file is due: the
-- figure of the last one that was due stands. A missing file is not passed over: somebody must act.
newest as (
    select *
    from status
    qualify row_number() over (
        partition by indicator_id, basis, area_code
        order by
            coalesce(status_reason in ('not_due', 'not_mature'), false) asc,
            period_end desc,
            period_start desc,
            period_type asc
    ) = 1
),

told as (
    select indicator_id
    from newest
    where basis = 'local' and area_code = '{{ var("local_area") }}'
),

-- What is counted once a term or a year may have no period that ended in the months of the release:
-- no figure is due yet, unless there never can be one.
untold as (
    select
        indicators.indicator_id,
        'local' as basis,
        'month' as period_type,
        cast(date_trunc('month', settings.period_end) as date) as period_start,
        settings.period_end,
        area_names.area_code,
        area_names.area_name,
        'not_available' as value_status,
        coalesce(nullif(fed.standing_reason, 'not_computed'), 'not_due') as status_reason,
        'none' as trajectory_read,
        'grey' as rag,
        'none' as spc_rule,
        'no_value' as spc_reason,
        'none' as variation,
        'none' as assurance,
        0 as finding_count,
        false as is_revised,
        false as is_provisional,
        false as is_estimated,
        indicators.title,
        indicators.short_title,
        indicators.unit,
        indicators.direction,
        indicators.plain_definition,
        indicators.owner_group
    from indicators
    inner join fed on indicators.indicator_id = fed.indicator_id
    anti join told on indicators.indicator_id = told.indicator_id
    cross join settings
    cross join area_names
),

indicator_latest as (
    select * from newest
    union all by name
    select * from untold
)

select * from indicator_latest
