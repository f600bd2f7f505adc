{#- The clocks as the choices of the Partnership read them: the last day of each is so many months,
    then so many days, after its event. Of a limit before an event, it is the last day that is early
    enough; a day of the year is counted from 1 January. Working days are counted over
    int_days__described. A model takes them as its CTE `clocks`, from which the macros below read. -#}
{% macro clocks_as_read() -%}
    select
        *,
        case unit
            when 'months' then limit_value
            when 'years' then 12 * limit_value
            when 'month and day' then limit_value // 100 - 1
            else 0
        end
        * if(counting = 'before_event', -1, 1) as months_added,
        case
            when unit = 'days' then limit_value - if(counting = 'beginning_with_event', 1, 0)
            when unit = 'weeks' and counting = 'before_event'
                then -limit_value * {{ parameter('days_per_week') }}
            when unit = 'weeks'
                then
                    limit_value * {{ parameter('days_per_week') }}
                    - if({{ choice('day_count') }} = 'inclusive', 1, 0)
            when unit = 'month and day'
                then limit_value % 100 - 1 - if({{ choice('phase_mode') }} = 'before', 1, 0)
            when counting = 'beginning_with_event' then -1
            when counting = 'review_year' and {{ choice('s44') }} = 'strict' then -1
            else 0
        end as days_added
    from {{ ref('statutory_clocks') }}
{%- endmacro %}

{% macro last_day_counted(event_date) -%}
    cast({{ event_date }} + to_months(clocks.months_added) as date) + clocks.days_added
{%- endmacro %}

{#- The last day of one clock, by the limit in force on the day of its event; null without one. -#}
{% macro last_day_within(event_date, clock_id) -%}
    (
        select {{ last_day_counted(event_date) }}
        from clocks
        where
            clocks.clock_id = '{{ clock_id }}'
            and {{ event_date }} between clocks.valid_from and clocks.valid_to
    )
{%- endmacro %}

{#- Whether a limit ran on a day on which the law lifted the duty to keep it where impractical. -#}
{% macro ran_in_relaxed_limits(event_date, last_day) -%}
    exists(
        select 1
        from clocks
        where
            clocks.counting = 'lifts_duty_where_impractical'
            and {{ event_date }} <= clocks.valid_to
            and {{ last_day }} >= clocks.valid_from
    )
{%- endmacro %}

{#- Completed years on the 31 August before the academic year of a day. Exact, because a child
    known by the month of birth is as old on the last day of a month. -#}
{% macro academic_age(birth_month, day) -%}
    date_sub('year', {{ birth_month }}, make_date(year({{ day }} - interval 8 months), 8, 31))
{%- endmacro %}

{#- Year group by age: who is 5 on that day enters year 1. -#}
{% macro chronological_year_group(birth_month, day) -%}
    {{ academic_age(birth_month, day) }} - 4
{%- endmacro %}

{#- School must be attended from the prescribed day on or after the fifth birthday; each is the last
    day of a month, so that the month of birth tells it. -#}
{% macro compulsory_school_age_start(birth_month) -%}
    last_day(
        make_date(
            year({{ birth_month }}) + 5,
            case
                when month({{ birth_month }}) <= 3 then 3
                when month({{ birth_month }}) <= 8 then 8
                else 12
            end,
            1
        )
    )
{%- endmacro %}

{#- Until the last Friday in June of the academic year in which the child turns 16. -#}
{% macro compulsory_school_age_end(birth_month) -%}
    make_date(year({{ birth_month }} + interval 4 months) + 16, 6, 30)
    - cast(
        (isodow(make_date(year({{ birth_month }} + interval 4 months) + 16, 6, 30)) + 2) % 7
        as integer
    )
{%- endmacro %}
