{#- What a table promises of its own rows, in one query: a row for each promise that is broken, with
    the number of rows that break it and the query that shows them. No value of a row is in it.
    What ties two tables together is a test of its own: it waits for both.

    unique_on: the grain. No two rows agree in all of these columns, and none of them is null.
    also_unique_on: a second key. No two rows agree in it, and none of its columns is null.
    never_null: columns that have a value in every row.
    one_of: columns, each with its values; null passes.
    at_least, at_most: columns, each with its limit, which is allowed; null passes. -#}
{% test is_as_promised(model) %}
    {{- config(fail_calc='coalesce(sum(row_count), 0)') -}}
    {%- if execute -%}
        {{ broken_promises(model, config.get('meta')) }}
    {%- endif -%}
{% endtest %}
