{#- The rows of a lake table that a run uses: those of a delivery that stands, with its feed and
    sender, its month and census date, and the day on which it became known. Other models read them
    here and join no submission again. `known_as` is a column that the submission knows better than
    its rows: the edition of a publication is dated at the door. -#}
{% macro delivered(feed, table, known_as=none) -%}
    {%- set replaced = '' if not known_as else
        ' replace (used.' ~ known_as ~ ' as ' ~ known_as ~ ')' -%}
    select
        delivered.*{{ replaced }},
        used.feed,
        used.sender,
        used.period,
        used.period_end as census_date,
        used.known_on
    from {{ source(feed, table) }} as delivered
    inner join {{ ref('stg_run__used') }} as used
        on delivered.submission_id = used.submission_id
{%- endmacro %}
