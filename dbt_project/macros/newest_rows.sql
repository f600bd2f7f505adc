{#- The cases of each sender's newest sound snapshot, with the as-at date of the run. `feed`
    is SQL for the feed of a case, `list` what has a snapshot of its own. A snapshot of half a year
    ago does not describe today, so its sender has no rows. -#}
{% macro newest_rows(model, feed, list='sender') -%}
    select
        cases.*,
        settings.as_at
    from {{ ref(model) }} as cases
    cross join {{ ref('stg_run__settings') }} as settings
    anti join {{ ref('int_findings__of_feeds') }} as unsound
        on
            {{ feed }} = unsound.feed
            and cases.sender = unsound.sender
            and cases.census_date = last_day(unsound.period_start)
    where cases.census_date > settings.as_at - interval 182 day
    qualify cases.census_date = max(cases.census_date) over (partition by {{ list }})
{%- endmacro %}

{#- What casework knows of a person, for lists of feeds that do not carry it. -#}
{% macro people_of_casework() -%}
    select
        person_id,
        arg_max(birth_month, request_date) as birth_month,
        arg_max(sex, request_date) as sex,
        arg_max(ethnicity_group, request_date) as ethnicity_group,
        arg_max(primary_need, request_date) as primary_need
    from ({{ newest_rows('ehc_needs_assessments', "'sen2_ehc'") }})
    where person_id is not null
    group by person_id
{%- endmacro %}
