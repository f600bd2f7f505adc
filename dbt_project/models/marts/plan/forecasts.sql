with

cases as (
    select * from {{ ref('int_case_forecasts__counted') }}
),

lists as (
    select * from {{ ref('int_list_forecasts__counted') }}
),

courses as (
    select * from {{ ref('int_course_forecasts__projected') }}
),

kinds as (
    select * from {{ ref('forecast_kinds') }}
),

told as (
    select * from cases
    union all by name
    select * from lists
    union all by name
    select * from courses
),

forecasts as (
    select
        cast(date_trunc('month', told.period_end) as date) as period_start,
        told.period_end,
        told.area_code,
        told.kind,
        told.subject,
        told.horizon_date,
        told.area_name,
        told.service,
        kinds.title,
        coalesce(kinds.unit, told.unit) as unit,
        if(told.status_reason is null, cast(told.value as double), null) as value,
        if(told.status_reason is null, cast(told.low as double), null) as low,
        if(told.status_reason is null, cast(told.high as double), null) as high,
        told.months_counted,
        kinds.assumption,
        kinds.range_text,
        case
            when told.status_reason is null then 'value'
            when told.status_reason = 'nil_base' then 'not_applicable'
            else 'not_available'
        end as value_status,
        told.status_reason,
        nullif(told.submission_ids, '') as submission_ids,
        told.known_on,
        told.indicator_id,
        told.reading,
        told.target_operator,
        cast(told.target_value as double) as target_value
    from told
    inner join kinds on told.kind = kinds.kind
)

select * from forecasts
