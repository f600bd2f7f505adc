with

figures as (
    select * from {{ ref('int_published_series__built') }}
),

-- What a rule keeps out of the figures is a finding that says where and why.
withheld as (
    select
        *,
        split_part(status_reason, ':', 2) as rule_id
    from figures
    where starts_with(status_reason, 'withheld:')
),

told as (
    select
        substr(
            md5(concat_ws('|', rule_id, {{ figure_key() | join(', ') }})), 1, 16
        ) as finding_id,
        source_feed as dataset,
        basis,
        area_code as org_code,
        area_name as org_name,
        area_code as org_key,
        indicator_id as measure,
        'list' as scope,
        rule_id,
        'withhold' as severity,
        case rule_id
            when 'OFF-ROW' then 'several cells that differ'
            when 'OFF-PLACEHOLDER' then 'nought in every area of the period'
            else 'a count below nought, or a part above its whole'
        end as observed,
        case rule_id
            when 'OFF-ROW' then 'one cell for one area, period and breakdown'
            when 'OFF-PLACEHOLDER' then 'figures, or a symbol where there are none yet'
            else 'a figure that can be'
        end as expected,
        'The published ' || indicator_id || ' of ' || area_name || ' for '
        || strftime(period_start, '%-d %B %Y') || ' to ' || strftime(period_end, '%-d %B %Y')
        || case rule_id
            when 'OFF-ROW' then ' is printed with different figures.'
            when 'OFF-PLACEHOLDER' then ' is nought everywhere: it stands for not yet counted.'
            else ' cannot be: a count below nought, or a part above its whole.'
        end as message,
        'Look at the cells that explain names, and ask the publisher.' as action,
        period_start,
        period_end,
        known_on
    from withheld
)

select * from told
