{#- What dbt hands over at the end of a run.

    One thread and one order: the same rows give the same bytes on every machine.
    A table's key is what it promises to be unique on, so it is written once. -#}

{#- An exposure is a result too: there is nothing to do for it. -#}
{% macro all_succeeded(results, wanted) -%}
    {%- set ran = results | map(attribute='node.name') | list -%}
    {%- set good = ['success', 'pass', 'warn', 'no-op'] -%}
    {%- set failed = results | rejectattr('status', 'in', good) | list -%}
    {{ return(wanted | reject('in', ran) | list | length == 0 and failed | length == 0) }}
{%- endmacro %}

{% macro key_of(node) -%}
    {%- for test in graph.nodes.values()
        if test.attached_node == node.unique_id
        and test.test_metadata.name == 'is_as_promised'
        and 'unique_on' in test.config.meta -%}
        {{ return(test.config.meta.unique_on) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(node.name ~ ' does not promise what it is unique on') }}
{%- endmacro %}

{% macro run_in_order(statements) -%}
    {%- for statement in statements -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{%- endmacro %}

{% macro copy_alone(statements) -%}
    {%- do run_query('set threads = 1') -%}
    {%- do run_in_order(statements) -%}
    {%- do run_query('set threads = ' ~ target.threads) -%}
{%- endmacro %}

{% macro copy_statement(node, file, condition='true') -%}
    copy (
        select * from {{ node.schema }}.{{ node.alias }}
        where {{ condition }}
        order by {{ key_of(node) | join(', ') }}
    ) to '{{ env_var('LASP_HOME', 'var') | replace("'", "''") }}/{{ file }}'
    (format parquet, compression zstd)
{%- endmacro %}

{#- A table that a step outside dbt reads before there is a release. -#}
{% macro export_to_lake(results, model, file) -%}
    {%- if execute and all_succeeded(results, [model]) -%}
        {%- set node = graph.nodes['model.lasp.' ~ model] -%}
        {%- do copy_alone([copy_statement(node, 'lake/' ~ file)]) -%}
    {%- endif -%}
{%- endmacro %}

{#- The files of one mart: file name and condition, split as its meta says. -#}
{% macro files_of(node) -%}
    {%- set split = node.config.meta.release.split -%}
    {%- set table = node.schema ~ '.' ~ node.alias -%}
    {%- if split == 'year' -%}
        {%- set parts = run_query(
            "select distinct year(period_end)::varchar as name, "
            ~ "'year(period_end) = ' || year(period_end) as condition "
            ~ "from " ~ table ~ " order by all") -%}
    {%- elif split == 'edition' -%}
        {%- set parts = run_query(
            "select distinct dataset || '_' || edition as name, "
            ~ "printf('dataset = ''%s'' and edition = ''%s''', dataset, edition) as condition "
            ~ "from " ~ table ~ " order by all") -%}
    {%- else -%}
        {{ return([(node.alias, 'true')]) }}
    {%- endif -%}
    {%- set files = [] -%}
    {%- for part in parts.rows -%}
        {%- do files.append((node.alias ~ '_' ~ part[0], part[1])) -%}
    {%- endfor -%}
    {{ return(files or [(node.alias, 'true')]) }}
{%- endmacro %}

{% macro export_candidate(results) -%}
    {%- set released = (graph.nodes | default({})).values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('config.meta.release', 'defined')
        | sort(attribute='name') | list -%}
    {%- if execute and all_succeeded(results, released | map(attribute='name') | list) -%}
        {%- set statements = [] -%}
        {%- for node in released -%}
            {%- for name, condition in files_of(node) -%}
                {%- do statements.append(
                    copy_statement(node, 'candidate/' ~ name ~ '.parquet', condition)) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- do copy_alone(statements) -%}
        {%- do run_in_order(database_statements(released)) -%}
    {%- endif -%}
{%- endmacro %}

{#- Descriptions travel with the database: a BI tool shows them beside table and column. -#}
{% macro comments_of(node, table) -%}
    {%- set comments = [
        'comment on table ' ~ table ~ " is '" ~ node.description | replace("'", "''") ~ "'",
    ] -%}
    {%- for column in node.columns.values() -%}
        {%- do comments.append(
            'comment on column ' ~ table ~ '."' ~ column.name ~ '" is '
            ~ "'" ~ column.description | replace("'", "''") ~ "'") -%}
    {%- endfor -%}
    {{ return(comments) }}
{%- endmacro %}

{#- Bytes of a block of marts.duckdb. A table takes a block at least: of 42 tables that were small,
    blocks of 16 KB made 7.6 MB, and DuckDB's own of 256 KB made 17.3. But numbers are packed in
    blocks above 32 KB only: two million official cells took 48 MB in the small ones, 18 in the
    large. -#}
{% macro block_bytes() -%}
    {%- set counted = run_query(
        "select sum(estimated_size) from duckdb_tables() where database_name = current_database() "
        ~ "and schema_name = 'marts'") -%}
    {{ return(16384 if counted.rows[0][0] < 1000000 else 262144) }}
{%- endmacro %}

{#- One file for tools that read databases; the storage version is one that DuckDB 1.2 opens. Views
    over the Parquet files would be smaller, and would find them from the release's folder only.
    A table without split, or split by edition, is read back from its files, which lie in key
    order already; one split by year is sorted over the years. -#}
{% macro database_statements(released) -%}
    {%- set folder = env_var('LASP_HOME', 'var') | replace("'", "''") ~ '/candidate/' -%}
    {%- set statements = [
        "attach '" ~ folder ~ "marts.duckdb' as marts_file (storage_version 'v1.2.0', block_size "
            ~ block_bytes() ~ ")",
    ] -%}
    {%- for node in released -%}
        {%- set files = [] -%}
        {%- for name, condition in files_of(node) -%}
            {%- do files.append("'" ~ folder ~ name ~ ".parquet'") -%}
        {%- endfor -%}
        {%- set order = ' order by ' ~ key_of(node) | join(', ')
            if node.config.meta.release.split == 'year' else '' -%}
        {%- do statements.append(
            'create table marts_file.main.' ~ node.alias
            ~ ' as select * from read_parquet([' ~ files | join(', ') ~ '])' ~ order) -%}
        {#- Together: 800 comments cost dbt more than the tables. -#}
        {%- set comments = comments_of(node, 'marts_file.main.' ~ node.alias) -%}
        {%- do statements.append(comments | join('; ')) -%}
    {%- endfor -%}
    {{ return(statements + ['checkpoint marts_file', 'detach marts_file']) }}
{%- endmacro %}
