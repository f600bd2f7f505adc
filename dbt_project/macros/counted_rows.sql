{#- Whether an aggregation is taken over the values of all cases of a period. The others add up. -#}
{% macro needs_values(aggregation) -%}
    {{ aggregation }} in ('median', 'percentile') or {{ counts_once(aggregation) }}
{%- endmacro %}

{#- Whether a person, or whatever else a measure counts as distinct, counts once in a period. -#}
{% macro counts_once(aggregation) -%}
    {{ aggregation }} in ('distinct', 'distinct_ratio', 'rolling12_distinct')
{%- endmacro %}

{#- The breakdowns of which any row of a group has a value; each row is of 'all'. -#}
{% macro breakdowns_carried() -%}
    {%- set carried = [] -%}
    {%- for breakdown in case_breakdowns() -%}
        {%- do carried.append(
            "if(bool_or(" ~ breakdown ~ " is not null), '" ~ breakdown ~ "', null)"
        ) -%}
    {%- endfor -%}
    list_filter(['all', {{ carried | join(', ') }}], lambda breakdown: breakdown is not null)
{%- endmacro %}

{#- Rows that have the columns of the breakdowns, once for each breakdown that their indicator has:
    `carried` says which. -#}
{% macro broken_down(rows) -%}
    {%- set values = [] -%}
    {%- for breakdown in case_breakdowns() -%}
        {%- do values.append(
            "when '" ~ breakdown ~ "' then coalesce(" ~ rows ~ "." ~ breakdown ~ ", 'unknown')"
        ) -%}
    {%- endfor -%}
    select
        {{ rows }}.*,
        carried.breakdown,
        case carried.breakdown when 'all' then 'all' {{ values | join(' ') }} end as breakdown_value
    from {{ rows }}
    inner join carried on {{ rows }}.indicator_id = carried.indicator_id
{%- endmacro %}

{#- Counted rows of a submission in each area in which their list counts. `sources` are the rows of
    `int_indicator_sources__chosen`. -#}
{% macro placed_in_areas(rows) -%}
    select
        sources.area_code,
        {{ rows }}.*
    from {{ rows }}
    inner join sources
        on
            {{ rows }}.indicator_id = sources.indicator_id
            and {{ rows }}.submission_id = sources.submission_id
            and {{ rows }}.list = sources.list
            and {{ rows }}.period_start = sources.period_start
{%- endmacro %}
