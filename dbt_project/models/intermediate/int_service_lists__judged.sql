with

months as (
    select * from {{ ref('int_months__reported') }}
),

services as (
    select * from {{ ref('therapy_service_lines') }}
),

area_names as (
    select * from {{ ref('area_names') }}
    where valid_to is null
),

placed as (
    select * from {{ ref('int_service_lists__placed') }}
),

-- The local area has a row for every month and service, whoever delivered.
cells as (
    select
        area_names.area_code,
        area_names.area_name,
        services.service,
        months.period_start,
        months.period_end
    from area_names
    cross join services
    cross join months
    where area_names.area_code = '{{ var("local_area") }}'
    union
    select
        area_code,
        area_name,
        service,
        period_start,
        period_end
    from placed
),

judged as (
    select
        cells.*,
        case
            when bool_or(placed.stock_gap = 'delivery_refused') then 'delivery_refused'
            when count(placed.stock_submission_id) < count(*) then 'not_received'
            else 'withheld:' || min(placed.list_rule)
        end as stock_reason,
        case
            when bool_or(placed.stock_gap = 'delivery_refused') then 'delivery_refused'
            when count(placed.stock_submission_id) < count(*) then 'not_received'
            else 'withheld:' || coalesce(min(placed.list_rule), min(placed.bands_rule))
        end as bands_reason,
        case
            when bool_or(placed.flow_gap = 'delivery_refused') then 'delivery_refused'
            when bool_or(placed.flow_gap = 'not_received') or count(placed.sender) = 0
                then 'not_received'
            else min(placed.flow_gap)
        end as flow_reason,
        count(placed.stock_submission_id) = count(*) as is_delivered,
        max(placed.stock_known_on) as stock_known_on,
        max(placed.flow_known_on) as flow_known_on
    from cells
    left join placed
        on
            cells.area_code = placed.area_code
            and cells.service = placed.service
            and cells.period_start = placed.period_start
    group by all
)

select * from judged
