with

events as (
    select * from {{ ref('int_case_events__told') }}
),

clocks as (
    {{ clocks_as_read() }}
),

days as (
    select * from {{ ref('int_days__described') }}
),

-- Of each event every clock that it starts, by the limit in force on its day.
started as (
    select
        events.*,
        clocks.clock_id,
        clocks.duty,
        clocks.ends_with,
        clocks.unit,
        clocks.counting,
        clocks.binding,
        clocks.limit_value,
        {{ last_day_counted('events.event_date') }} as last_day
    from events
    inner join clocks
        on
            events.event = clocks.counts_from
            and events.event_date between clocks.valid_from and clocks.valid_to
),

-- Limits in working days end on the day that has their number, those of appeals may move.
ended as (
    select
        started.* exclude (last_day),
        case
            when started.unit = 'working days' then worked.date
            when started.counting = 'tribunal_rules' then moved.appeal_date
            else started.last_day
        end as last_day
    from started
    left join days as first_days
        on started.unit = 'working days' and started.event_date = first_days.date
    left join days as worked
        on
            worked.is_working_day
            and worked.working_day_number
            = first_days.working_day_number
            + started.limit_value
            - if(started.counting = 'beginning_with_event' and first_days.is_working_day, 1, 0)
    left join days as moved
        on started.counting = 'tribunal_rules' and started.last_day = moved.date
),

-- Of several clocks of one duty the earliest binds, or the latest where the law says so.
bound as (
    select *
    from ended
    where last_day is not null
    qualify
        row_number() over (
            partition by submission_id, matter, matter_id, duty
            order by
                if(binding = 'latest', last_day, null) desc nulls last,
                last_day asc,
                clock_id asc
        ) = 1
),

done as (
    select
        bound.*,
        endings.event_date as done_date
    from bound
    left join events as endings
        on
            bound.submission_id = endings.submission_id
            and bound.matter = endings.matter
            and bound.matter_id = endings.matter_id
            and bound.ends_with = endings.event
),

dated as (
    select
        matter,
        matter_id,
        duty,
        clock_id,
        submission_id,
        sender,
        case_id,
        person_id,
        event,
        date_diff('day', event_date, done_date) as elapsed_days,
        case
            when done_date is not null then done_date <= last_day
            when ends_with != 'untold' and last_day <= census_date then false
        end as is_met,
        {{ ran_in_relaxed_limits('event_date', 'last_day') }} as fell_in_relaxed_limits,
        census_date,
        event_date,
        last_day as due_date,
        done_date
    from done
)

select * from dated
