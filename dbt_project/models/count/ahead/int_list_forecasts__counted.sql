with

settings as (
    select * from {{ ref('stg_run__settings') }}
),

area_names as (
    select * from {{ ref('int_areas__named') }}
    where area_code = '{{ var("local_area") }}'
),

services as (
    select list as service from {{ ref('lists') }}
),

sources as (
    select
        * exclude (list),
        list as service
    from {{ ref('int_list_sources__placed') }}
    where list != '' and is_owed and not is_own_area
),

service_waits as (
    select * from {{ ref('service_waits') }}
    where is_waiting
),

flows as (
    select * from {{ ref('int_list_flows__counted') }}
),

snapshots as (
    select sources.*
    from sources
    inner join settings on sources.period_end = settings.period_end
),

-- The local area has its rows for every service, whoever delivered.
lists as (
    select
        area_names.area_code,
        area_names.area_name,
        services.service
    from area_names
    cross join services
    union
    select
        area_code,
        area_name,
        service
    from snapshots
),

waiting as (
    select
        snapshots.area_code,
        snapshots.service,
        count(*) as waiting_count
    from snapshots
    inner join service_waits
        on
            snapshots.stock_submission_id = service_waits.submission_id
            and snapshots.service = service_waits.service
    group by snapshots.area_code, snapshots.service
),

judged as (
    select
        lists.area_code,
        lists.area_name,
        lists.service,
        settings.period_end,
        count(snapshots.sender) as sender_count,
        count(snapshots.stock_submission_id) as delivered_count,
        bool_or(snapshots.stock_gap = 'delivery_refused') as has_refused,
        min(snapshots.stock_gap) as gap,
        string_agg(snapshots.stock_submission_id, ' ' order by snapshots.stock_submission_id)
            as stock_submission_ids,
        max(snapshots.stock_known_on) as stock_known_on
    from lists
    cross join settings
    left join snapshots
        on
            lists.area_code = snapshots.area_code
            and lists.service = snapshots.service
    group by all
),

reasoned as (
    select
        *,
        case
            when has_refused then 'delivery_refused'
            when sender_count = 0 or delivered_count < sender_count then 'not_received'
            else gap
        end as stock_reason
    from judged
),

-- Whole numbers are added, so that the order of the months changes no last digit.
summed as (
    select
        area_code,
        service,
        count(*) as months_counted,
        cast(sum(arrival_count) as bigint) as arrivals,
        cast(sum(departure_count) as bigint) as departures,
        cast(sum(arrival_count * arrival_count) as bigint) as squared_arrivals,
        cast(sum(departure_count * departure_count) as bigint) as squared_departures,
        sum(date_diff('day', period_start, period_end) + 1) as days_counted,
        array_to_string(
            list_sort(list_distinct(flatten(list(string_split(submission_ids, ' '))))), ' '
        ) as flow_submission_ids,
        max(known_on) as flow_known_on
    from flows
    group by area_code, service
),

-- The standard error of the mean of n months.
erring as (
    select
        *,
        arrivals / months_counted as arrivals_a_month,
        departures / months_counted as departures_a_month,
        2 * sqrt(
            (squared_arrivals - arrivals * arrivals / months_counted)
            / (months_counted - 1) / months_counted
        ) as arrivals_margin,
        2 * sqrt(
            (squared_departures - departures * departures / months_counted)
            / (months_counted - 1) / months_counted
        ) as departures_margin,
        months_counted * {{ parameter('within_18w_days') }} / days_counted as months_of_wait
    from summed
    where months_counted >= {{ parameter('least_flow_months') }}
),

ranged as (
    select
        *,
        greatest(arrivals_a_month - arrivals_margin, 0) as arrivals_low,
        arrivals_a_month + arrivals_margin as arrivals_high,
        greatest(departures_a_month - departures_margin, 0) as departures_low,
        departures_a_month + departures_margin as departures_high
    from erring
),

-- Little's law: on a list in balance as many wait as arrive in the mean wait. Who is to see nearly
-- everybody within a limit needs a mean wait of a part of it: waits have a long tail.
measured as (
    select
        reasoned.*,
        if(reasoned.stock_reason is null, coalesce(waiting.waiting_count, 0), null)
            as waiting_count,
        coalesce(summed.months_counted, 0) as months_counted,
        ranged.arrivals_a_month,
        ranged.arrivals_low,
        ranged.arrivals_high,
        ranged.departures_a_month,
        ranged.departures_low,
        ranged.departures_high,
        ranged.arrivals_a_month * ranged.months_of_wait as size_in_mean,
        ranged.arrivals_low * ranged.months_of_wait as size_in_mean_low,
        ranged.arrivals_high * ranged.months_of_wait as size_in_mean_high,
        case
            when reasoned.sender_count = 0 then reasoned.stock_reason
            when ranged.area_code is null then 'not_mature'
        end as flow_reason,
        summed.flow_submission_ids,
        summed.flow_known_on
    from reasoned
    left join waiting
        on
            reasoned.area_code = waiting.area_code
            and reasoned.service = waiting.service
    left join summed
        on
            reasoned.area_code = summed.area_code
            and reasoned.service = summed.service
    left join ranged
        on
            reasoned.area_code = ranged.area_code
            and reasoned.service = ranged.service
),

aimed as (
    select
        *,
        size_in_mean / {{ factor('list_mean_wait_factor') }} as size_goal,
        size_in_mean_low / {{ factor('list_mean_wait_factor') }} as size_goal_low,
        size_in_mean_high / {{ factor('list_mean_wait_factor') }} as size_goal_high
    from measured
),

sized as (
    select
        *,
        case when waiting_count is not null then greatest(waiting_count - size_goal, 0) end
            as excess,
        case when waiting_count is not null then greatest(waiting_count - size_goal_high, 0) end
            as excess_low,
        case when waiting_count is not null then greatest(waiting_count - size_goal_low, 0) end
            as excess_high,
        coalesce(
            flow_reason, if(arrivals_a_month = 0, 'nil_base', null)
        ) as size_reason,
        array_to_string(
            list_sort(list_distinct(string_split(
                concat_ws(' ', stock_submission_ids, flow_submission_ids), ' '
            ))),
            ' '
        ) as all_submission_ids,
        greatest(stock_known_on, flow_known_on) as all_known_on
    from aimed
),

horizons as (
    select
        last_day(period_end + to_months({{ parameter('list_goal_months') }})) as horizon_date
    from settings
    union
    select cast({{ choice('list_goal_date') }} as date) as horizon_date
    from settings
    where cast({{ choice('list_goal_date') }} as date) > period_end
),

told as (
    select
        'list_size' as kind,
        area_code,
        area_name,
        service,
        period_end,
        period_end as horizon_date,
        stock_reason as status_reason,
        waiting_count as value,
        waiting_count as low,
        waiting_count as high,
        stock_submission_ids as submission_ids,
        stock_known_on as known_on
    from sized
    union all by name
    select
        'list_arrivals' as kind,
        area_code,
        area_name,
        service,
        period_end,
        period_end as horizon_date,
        flow_reason as status_reason,
        arrivals_a_month as value,
        arrivals_low as low,
        arrivals_high as high,
        months_counted,
        flow_submission_ids as submission_ids,
        flow_known_on as known_on
    from sized
    union all by name
    select
        'list_departures' as kind,
        area_code,
        area_name,
        service,
        period_end,
        period_end as horizon_date,
        flow_reason as status_reason,
        departures_a_month as value,
        departures_low as low,
        departures_high as high,
        months_counted,
        flow_submission_ids as submission_ids,
        flow_known_on as known_on
    from sized
    union all by name
    select
        'list_size_for_18_weeks' as kind,
        area_code,
        area_name,
        service,
        period_end,
        period_end as horizon_date,
        size_reason as status_reason,
        size_goal as value,
        size_goal_low as low,
        size_goal_high as high,
        months_counted,
        flow_submission_ids as submission_ids,
        flow_known_on as known_on
    from sized
    union all by name
    select
        'list_size_for_mean_of_18_weeks' as kind,
        area_code,
        area_name,
        service,
        period_end,
        period_end as horizon_date,
        size_reason as status_reason,
        size_in_mean as value,
        size_in_mean_low as low,
        size_in_mean_high as high,
        months_counted,
        flow_submission_ids as submission_ids,
        flow_known_on as known_on
    from sized
    union all by name
    select
        'list_activity_needed' as kind,
        sized.area_code,
        sized.area_name,
        sized.service,
        sized.period_end,
        horizons.horizon_date,
        coalesce(sized.stock_reason, sized.size_reason) as status_reason,
        sized.arrivals_a_month
        + sized.excess / date_diff('month', sized.period_end, horizons.horizon_date) as value,
        sized.arrivals_low
        + sized.excess_low / date_diff('month', sized.period_end, horizons.horizon_date) as low,
        sized.arrivals_high
        + sized.excess_high / date_diff('month', sized.period_end, horizons.horizon_date) as high,
        sized.months_counted,
        sized.all_submission_ids as submission_ids,
        sized.all_known_on as known_on
    from sized
    cross join horizons
),

forecasts as (
    select
        *,
        service as subject
    from told
)

select * from forecasts
