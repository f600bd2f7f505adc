{#- The cases of the measures that these topics declare, one row per indicator, month and case that
    is looked at, of the deliveries that a run counts. A topic is what `measures_of_<topic>` in
    macros/measures/ returns; what its keys mean stands in docs/adding-an-indicator.md. -#}
{% macro measured_cases(topics) -%}
    {%- set selects = [] -%}
    {%- for topic in topics -%}
        {%- for name, measure in topic.measures.items() -%}
            {%- do selects.append(cases_of_measure(topic, name, measure)) -%}
        {%- endfor -%}
    {%- endfor -%}
    with

    sources as (
        select * from {{ ref('int_case_months__listed') }}
    ),

    {% for topic in topics -%}
    {{ topic.reads }} as (
        select delivered.*
        from {{ ref(topic.reads) }} as delivered
        semi join sources on delivered.submission_id = sources.submission_id
    ),

    {% endfor -%}
    measured as (
        {{ with_parameters(selects | join('\n    union all\n    ')) }}
    )

    select * from measured
{%- endmacro %}

{#- The cases of a measure in each month that their delivery may cover. A delivery may hold the
    lists of several services, and an indicator may be of one of them or of a group. -#}
{% macro cases_of_months(topic, name, dated) -%}
    {%- set conditions = ['sources.submission_id = cases.submission_id'] -%}
    {%- if dated -%}
        {%- do conditions.append('sources.period_start = cases.event_month') -%}
    {%- endif -%}
    {%- if topic.feeds | length > 1 -%}
        {%- do conditions.append('sources.feed = cases.feed') -%}
    {%- endif -%}
    {%- if topic.service -%}
        {%- set service = 'cases.' ~ topic.service -%}
        {%- set services = [service] -%}
        {%- for group, members in (topic.service_groups or {}).items() -%}
            {%- set is_of_group = service ~ " in ('" ~ members | join("', '") ~ "')" -%}
            {%- do services.append('case when ' ~ is_of_group ~ " then '" ~ group ~ "' end") -%}
        {%- endfor -%}
        {%- set services = services | join(', ') -%}
        {%- do conditions.extend([
            "coalesce(sources.list, '') in ('', " ~ service ~ ')',
            '(sources.service is null or sources.service in (' ~ services ~ '))',
        ]) -%}
    {%- endif -%}
    select
        cases.*,
        sources.indicator_id,
        sources.list,
        sources.service as indicator_service,
        sources.period_start,
        sources.period_end
    from sources
    inner join (
        select
            *,
            cast(date_trunc('month', event_date) as date) as event_month
        from (select *, {{ dated or 'census_date' }} as event_date from {{ topic.reads }})
    ) as cases
        on {{ conditions | join(' and ') }}
    where
        sources.measure = '{{ name }}'
        and sources.feed in ('{{ topic.feeds | join("', '") }}')
{%- endmacro %}

{#- The cases of one measure. With `counts` or `quantity` it is a share, mean or median; without
    them it is a count, and nothing stands below the line. A condition that is null is a no. A row
    stands for one case, or with `adds` for as many as its sender counted: of a share with `counts`
    the same number below the line and, where the condition holds, above it.

    The reason is found one select further in: DuckDB does not read a column of the same select that
    holds a scalar subquery, and a parameter is one. -#}
{% macro cases_of_measure(topic, name, measure) -%}
    {%- set is_whole = measure.breakdowns == 'none' -%}
    {%- set adds = measure.adds or {} -%}
    {%- set counted = 'coalesce(' ~ (measure.counts or 'true') ~ ', false)' -%}
    {%- set is_above = 'exclusion is null and ' ~ counted -%}
    {%- set has_base = measure.counts or measure.quantity or adds.denominator -%}
    {%- set is_below = 'exclusion is null' if has_base else 'false' -%}
    {%- set breakdowns, columns = {}, [] -%}
    {%- set parts = [] if is_whole else (topic.breakdowns or []) + (measure.breakdowns or []) -%}
    {%- for part in parts -%}
        {%- do breakdowns.update({part: part} if part is string else part) -%}
    {%- endfor -%}
    {%- for column in case_breakdowns() if column != 'age_band' -%}
        {%- do columns.append((breakdowns[column] or 'cast(null as varchar)') ~ ' as ' ~ column) -%}
    {%- endfor -%}
    select
        indicator_id,
        sender,
        submission_id,
        list,
        {{ measure.other_submission or topic.other_submission or 'cast(null as varchar)' }}
            as other_submission_id,
        {{ "'" ~ topic.table ~ "'" if topic.table is string else first_of([topic.table]) }}
            as source_table,
        source_row,
        period_start,
        period_end,
        exclusion,
        {{ is_above }} as in_numerator,
        {{ is_below }} as in_denominator,
        cast(if({{ is_above }}, {{ adds.numerator or 1 }}, 0) as bigint) as numerator,
        cast(if({{ is_below }}, {{ adds.denominator or adds.numerator or 1 }}, 0) as bigint)
            as denominator,
        cast({{ measure.quantity or 'null' }} as double) as quantity,
        {{ measure.distinct or 'cast(null as varchar)' }} as person_id,
        {{ columns | join(',\n        ') }},
        cast({{ 'null' if is_whole else measure.age or topic.age or 'null' }} as bigint) as age
    from (
        select
            *,
            {{ first_of(measure.excluded or [], topic.reasons or {}) }} as exclusion
        from (
            {{ cases_of_months(topic, name, measure.dated) }}
        )
        where {{ measure.among or 'true' }}
    )
{%- endmacro %}

{#- What the measures of these topics say of the delivery that they are counted from, one row per
    measure. What is counted from no list, or from no position of one, needs no bands of it. -#}
{% macro declared_measures(topics) -%}
    {%- set selects = [] -%}
    {%- for topic in topics -%}
        {%- for name, measure in topic.measures.items() -%}
            {%- do selects.append(declared_measure(name, measure, topic.service)) -%}
        {%- endfor -%}
    {%- endfor -%}
    with

    declared as (
        {{ selects | join('\n        union all\n        ') }}
    )

    select * from declared
{%- endmacro %}

{% macro declared_measure(name, measure, service) -%}
    {%- set is_of_a_list = service and not measure.dated -%}
    select
        '{{ name }}' as measure,
        cast({{ measure.get('needs_days', true) if is_of_a_list else 'null' }} as boolean)
            as needs_days,
        {{ "'" ~ measure.mature_after ~ "'" if measure.mature_after else 'cast(null as varchar)' }}
            as mature_after,
        {{ measure.get('within_school_year', false) }} as is_within_school_year,
        {{ 'adds' in measure }} as is_added_up
{%- endmacro %}

{#- SQL of the first word that applies. A part is the name of a list in `lists`, or SQL that gives a
    word or null, or words with the condition of each. -#}
{% macro first_of(parts, lists={}) -%}
    {%- set words = ['cast(null as varchar)'] -%}
    {%- for part in ([parts] if parts is string else parts) -%}
        {%- if part is string -%}
            {%- do words.append(first_of(lists[part], lists) if part in lists else part) -%}
        {%- else -%}
            {%- for word, condition in part.items() -%}
                {%- do words.append("case when " ~ condition ~ " then '" ~ word ~ "' end") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return('coalesce(' ~ words | join(', ') ~ ')') }}
{%- endmacro %}

{#- `@name` in the SQL of a measure is the value of that parameter. -#}
{% macro with_parameters(sql) -%}
    {{ return(modules.re.sub('@([a-z0-9_]+)', parameter('\\1'), sql) if '@' in sql else sql) }}
{%- endmacro %}
