{#- A row for each promise of a table that is broken; what can be promised stands in the test
    `is_as_promised`. -#}
{% macro broken_promises(table, meta) -%}
    {%- set keys, selects = ['unique_on', 'also_unique_on'], [] -%}
    {%- for kind in meta if kind not in keys + ['never_null', 'one_of', 'at_least', 'at_most'] -%}
        {%- do exceptions.raise_compiler_error('A table cannot promise ' ~ kind) -%}
    {%- endfor -%}
    {%- for kind in keys if kind in meta -%}
        {%- do selects.append(broken_keys(table, kind, meta[kind])) -%}
    {%- endfor -%}
    {%- if limits_of(meta) -%}
        {%- do selects.append(broken_limits(table, limits_of(meta))) -%}
    {%- endif -%}
    with

    counted as (
        {{ selects | join('\n    union all\n    ') }}
    )

    select * from counted
    where row_count > 0
{%- endmacro %}

{% macro broken_keys(table, kind, columns) -%}
    {%- set key = columns | join(', ') -%}
    {%- set groups = 'from ' ~ table ~ ' group by ' ~ key ~ ' having count(*) > 1 or '
        ~ columns | join(' is null or ') ~ ' is null' -%}
    select
        $${{ kind }} {{ key }}$$ as promise,
        coalesce(sum(row_count), 0)::bigint as row_count,
        $$select {{ key }}, count(*) {{ groups }}$$ as reading
    from (select count(*) as row_count {{ groups }})
{%- endmacro %}

{#- One scan counts them all. -#}
{% macro broken_limits(table, limits) -%}
    {%- set counts = [] -%}
    {%- for promise, is_beyond in limits -%}
        {%- do counts.append(
            "{'promise': $$" ~ promise ~ "$$, "
            ~ "'row_count': count(*) filter (where " ~ is_beyond ~ '), '
            ~ "'reading': $$select * from " ~ table ~ ' where ' ~ is_beyond ~ '$$}') -%}
    {%- endfor -%}
    select unnest([{{ counts | join(',\n        ') }}], recursive := true)
    from {{ table }}
{%- endmacro %}

{#- Of the promises that are not keys, each with what a row is that breaks it. -#}
{% macro limits_of(meta) -%}
    {%- set limits = [] -%}
    {%- for column in meta.get('never_null', []) -%}
        {%- do limits.append(('never_null ' ~ column, column ~ ' is null')) -%}
    {%- endfor -%}
    {%- for column, values in meta.get('one_of', {}).items() -%}
        {%- set listed = values | map('replace', "'", "''") | join("', '") -%}
        {%- do limits.append(('one_of ' ~ column, column ~ " not in ('" ~ listed ~ "')")) -%}
    {%- endfor -%}
    {%- for column, limit in meta.get('at_least', {}).items() -%}
        {%- do limits.append(('at_least ' ~ column, column ~ ' < ' ~ limit)) -%}
    {%- endfor -%}
    {%- for column, limit in meta.get('at_most', {}).items() -%}
        {%- do limits.append(('at_most ' ~ column, column ~ ' > ' ~ limit)) -%}
    {%- endfor -%}
    {{ return(limits) }}
{%- endmacro %}
