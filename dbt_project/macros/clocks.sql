{#- The last day that is within so many days of an event. -#}
{% macro last_day_within(event_date, days) -%}
    {{ event_date }} + {{ parameter(days) }} - {{ parameter('day_count_inclusive') }}
{%- endmacro %}

{#- The last day of the twelve months from a plan or its last review. -#}
{% macro last_day_of_review_year(event_date) -%}
    cast({{ event_date }} + to_months({{ parameter('review_months') }}) as date)
    - 1 + {{ parameter('s44_anniversary') }}
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
