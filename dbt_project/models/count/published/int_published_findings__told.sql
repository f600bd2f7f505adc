with

figures as (
    select * from {{ ref('int_published_series__built') }}
),

rules as (
    select * from {{ ref('published_figure_rules') }}
),

-- What a table prints in place of a series that has ended.
successors as (
    select
        indicator_id,
        dataset,
        string_agg(definition || '. ' || coalesce(difference, ''), ' ' order by series_id) as words
    from {{ ref('publication_series') }}
    where not is_figure
    group by all
),

-- What keeps a figure out, and what stands beside it: a finding that says where and why.
doubted as (
    select
        figures.*,
        unnest(
            list_distinct(
                string_split(
                    concat_ws(
                        ' ',
                        case
                            when starts_with(figures.status_reason, 'withheld:')
                                then split_part(figures.status_reason, ':', 2)
                        end,
                        figures.noted_by
                    ),
                    ' '
                )
            )
        ) as rule_id
    from figures
),

told as (
    select
        substr(
            md5(concat_ws('|', doubted.rule_id, {{ prefixed(figure_key(), 'doubted') }})), 1, 16
        ) as finding_id,
        doubted.source_feed as dataset,
        doubted.basis,
        doubted.area_code as org_code,
        doubted.area_name as org_name,
        doubted.area_code as org_key,
        doubted.indicator_id as measure,
        'list' as scope,
        doubted.rule_id,
        case
            when doubted.status_reason = 'withheld:' || doubted.rule_id then 'withhold'
            else 'note'
        end as severity,
        case
            when doubted.rule_id = 'OFF-TWICE'
                then
                    printf('%.15g', doubted.least_printed)
                    || ' and '
                    || printf('%.15g', doubted.most_printed)
            else rules.observed
        end as observed,
        rules.expected,
        'The published ' || doubted.indicator_id || ' of ' || doubted.area_name || ' for '
        || strftime(doubted.period_start, '%-d %B %Y') || ' to '
        || strftime(doubted.period_end, '%-d %B %Y') || ' ' || rules.says
        || case
            when doubted.rule_id in ('OFF-ENDED', 'OFF-REDEFINED')
                then coalesce(' Another series which is no figure of it: ' || successors.words, '')
            else ''
        end as message,
        'Look at the cells that explain names, and ask the publisher.' as action,
        doubted.period_start,
        doubted.period_end,
        doubted.known_on
    from doubted
    inner join rules on doubted.rule_id = rules.rule_id
    left join successors
        on
            doubted.indicator_id = successors.indicator_id
            and doubted.source_feed = successors.dataset
)

select * from told
