{#- Rows of the deliveries that a run looks at case by case. Of the others it reads kept parts. -#}
{% macro rows_to_read(model) -%}
    (
        select delivered.*
        from {{ ref(model) }} as delivered
        semi join {{ ref('int_submissions__read') }} as submissions
            on delivered.submission_id = submissions.submission_id
    )
{%- endmacro %}

{#- What is counted of each submission that a run uses: now, or kept from an earlier run. -#}
{% macro gathered(counted, kept) -%}
    with

    counted as (
        select * from {{ ref(counted) }}
    ),

    kept as (
        select * from {{ ref(kept) }}
    ),

    keyed as (
        select * from {{ ref('int_submissions__keyed') }}
    ),

    uncounted as (
        select * from {{ ref('int_submissions__uncounted') }}
    ),

    gathered as (
        select * from counted
        union all by name
        select kept.* exclude (parts_key)
        from kept
        semi join keyed on kept.parts_key = keyed.parts_key
        anti join uncounted on kept.parts_key = uncounted.parts_key
    )

    select * from gathered
{%- endmacro %}

{#- Submissions of which a table, counted again, is not what was kept. A table that is kept
    nowhere yet has the key columns only, so the columns stand in the order of the new count. -#}
{% macro differing(counted, kept) -%}
    {%- set again -%}
        select counted.*
        from {{ ref(counted) }} as counted
        semi join compared on counted.submission_id = compared.submission_id
    {%- endset -%}
    {%- set before -%}
        select * from {{ ref(counted) }} where false
        union all by name
        select kept.* exclude (parts_key)
        from {{ ref(kept) }} as kept
        semi join compared on kept.parts_key = compared.parts_key
    {%- endset -%}
    select submission_id
    from (
        (({{ again }}) except all ({{ before }}))
        union all
        (({{ before }}) except all ({{ again }}))
    )
{%- endmacro %}

{#- What this run counted, for the next: a table each, and the register that names the submissions.
    Python keeps the folder once the run's part has succeeded. -#}
{% macro export_parts(results) -%}
    {%- set tables = {
        'cells': 'int_case_cells__counted',
        'values': 'int_case_values__listed',
        'steps': 'int_case_steps__counted',
        'cohort': 'int_cohort_cases__listed',
        'submissions': 'int_submissions__uncounted',
    } -%}
    {%- if execute and all_succeeded(results, tables.values() | list) -%}
        {%- set statements = [] -%}
        {%- for file, model in tables.items() -%}
            {%- do statements.append(parts_statement(file, graph.nodes['model.lasp.' ~ model])) -%}
        {%- endfor -%}
        {%- do copy_alone(statements) -%}
    {%- endif -%}
{%- endmacro %}

{#- A row of the register holds its key. A row of another table gets its key from the register. -#}
{% macro parts_statement(file, node) -%}
    {%- set register = graph.nodes['model.lasp.int_submissions__uncounted'] -%}
    copy (
        select counted.*{{ '' if file == 'submissions' else ', register.parts_key' }}
        from {{ node.schema }}.{{ node.alias }} as counted
        inner join {{ register.schema }}.{{ register.alias }} as register
            on counted.submission_id = register.submission_id
        where not register.is_kept
        order by all
    ) to '{{ env_var('LASP_HOME', 'var') | replace("'", "''") }}/counting/{{ file }}.parquet'
    (format parquet, compression zstd)
{%- endmacro %}
