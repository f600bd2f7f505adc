with

actions as (
    select * from {{ ref('plan_actions') }}
),

named as (
    select * from {{ ref('plan_action_measures') }}
),

cells as (
    select * from {{ ref('improvement_plan_cells') }}
),

statements as (
    select * from {{ ref('plan_statements') }}
),

latest as (
    select * from {{ ref('indicator_latest') }}
    where basis = 'local' and area_code = '{{ var("local_area") }}'
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

-- A month that late recording still moves shows no movement yet. What is added up since a day grows
-- and begins again, whatever moves.
figures as (
    select
        status.indicator_id,
        status.period_end,
        status.value
    from {{ ref('indicator_status') }} as status
    inner join latest
        on
            status.indicator_id = latest.indicator_id
            and status.period_type = latest.period_type
    where
        status.basis = 'local'
        and status.area_code = '{{ var("local_area") }}'
        and status.value is not null
        and status.is_complete is distinct from false
        and status.period_type not in ('ytd', 'cumulative', 'financial_year')
),

begun as (
    select min(period_end) as plan_begin
    from cells
    where kind = 'trajectory'
),

-- An action should show once it is due; before that, and without a date, since the plan began.
dated as (
    select
        actions.*,
        statements.title as statement_title,
        actions.due_month <= settings.period_end as is_due,
        if(
            actions.due_month <= settings.period_end, actions.due_month, begun.plan_begin
        ) as since_month
    from actions
    cross join settings
    cross join begun
    left join statements on actions.statement = statements.statement
),

measures_of_statements as (
    select
        statement,
        indicator_id,
        min(metric_number) as sort_order
    from cells
    group by statement, indicator_id
),

-- What the action's own words name; else every measure of its statement.
measured as (
    select
        dated.*,
        named.indicator_id,
        named.sort_order as place,
        true as is_named
    from dated
    inner join named on dated.statement = named.statement and dated.ref = named.ref
    union all by name
    select
        dated.*,
        measures_of_statements.indicator_id,
        measures_of_statements.sort_order as place,
        false as is_named
    from dated
    anti join named on dated.statement = named.statement and dated.ref = named.ref
    left join measures_of_statements on dated.statement = measures_of_statements.statement
),

-- The first figure from the month on, against the newest.
moved as (
    select
        measured.statement,
        measured.ref,
        measured.indicator_id,
        min_by(figures.value, figures.period_end) as value_then,
        max_by(figures.value, figures.period_end) as value_now,
        min(figures.period_end) as first_end,
        max(figures.period_end) as last_end
    from measured
    inner join figures
        on
            measured.indicator_id = figures.indicator_id
            and measured.since_month <= figures.period_end
    group by measured.statement, measured.ref, measured.indicator_id
),

compared as (
    select
        measured.*,
        moved.value_then,
        moved.value_now,
        moved.first_end,
        moved.last_end,
        latest.direction
    from measured
    left join moved
        on
            measured.statement = moved.statement
            and measured.ref = moved.ref
            and measured.indicator_id = moved.indicator_id
    left join latest on measured.indicator_id = latest.indicator_id
),

judged as (
    select
        *,
        case
            when last_end is null or last_end = first_end then 'no_evidence'
            when coalesce(direction not in ('higher', 'lower'), true) then 'watched'
            when {{ is_met('value_now', 'direction', 'value_then', 'direction') }} then 'better'
            when {{ is_met('value_then', 'direction', 'value_now', 'direction') }} then 'worse'
            else 'unchanged'
        end as movement
    from compared
),

told as (
    select
        statement,
        ref,
        any_value(sort_order) as sort_order,
        any_value(kind) as kind,
        any_value(action) as action,
        any_value(responsible) as responsible,
        any_value(due_text) as due_text,
        any_value(due_month) as due_month,
        any_value(monitoring_group) as monitoring_group,
        any_value(reading) as reading,
        any_value(statement_title) as statement_title,
        any_value(is_due) as is_due,
        any_value(since_month) as since_month,
        any_value(is_named) as is_named,
        string_agg(indicator_id, '; ' order by place) filter (where movement = 'better')
            as better_ids,
        string_agg(indicator_id, '; ' order by place) filter (where movement = 'worse')
            as worse_ids,
        string_agg(indicator_id, '; ' order by place) filter (where movement = 'unchanged')
            as unchanged_ids,
        string_agg(indicator_id, '; ' order by place) filter (where movement = 'watched')
            as watched_ids,
        string_agg(indicator_id, '; ' order by place) filter (where movement = 'no_evidence')
            as no_evidence_ids,
        string_agg(indicator_id, '; ' order by place) as indicator_ids
    from judged
    group by statement, ref
),

improvement_plan_actions as (
    select
        statement,
        ref,
        kind,
        action as text,
        responsible,
        due_text,
        due_month,
        monitoring_group,
        indicator_ids,
        case
            when better_ids is not null and worse_ids is not null then 'mixed'
            when better_ids is not null then 'better'
            when worse_ids is not null then 'worse'
            when unchanged_ids is not null then 'unchanged'
            when watched_ids is not null then 'watched'
            else 'no_evidence'
        end as movement,
        since_month,
        better_ids,
        worse_ids,
        unchanged_ids,
        watched_ids,
        no_evidence_ids,
        is_named,
        is_due,
        cast(sort_order as bigint) as sort_order,
        statement_title,
        reading
    from told
)

select * from improvement_plan_actions
