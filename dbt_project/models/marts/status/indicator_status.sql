with

figures as (
    select
        *,
        year(period_end) * 12 + month(period_end) as month_number
    from {{ ref('indicator_values') }}
),

indicators as (
    select * from {{ ref('int_indicators__adopted') }}
),

words as (
    select * from {{ ref('indicator_words') }}
),

trajectory_points as (
    select * from {{ ref('trajectory_points') }}
),

targets as (
    select * from {{ ref('int_plan_targets__read') }}
    where is_first
),

spc_points as (
    select * from {{ ref('spc_points') }}
    where chart = 'xmr'
),

backlogs as (
    select * from {{ ref('timeliness_backlogs') }}
),

wait_bands as (
    select * from {{ ref('wait_bands') }}
    where part_of is null
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

service_lines as (
    select * from {{ ref('lists') }}
    where service_line is not null
),

findings as (
    select * from {{ ref('quality_findings') }}
),

wholes as (
    select
        figures.*,
        indicators.title,
        indicators.direction,
        indicators.unit,
        indicators.owner_group,
        words.short_title,
        words.plain_definition,
        indicators.rag_rule,
        indicators.service,
        service_lines.service_line,
        indicators.source_feed = 'surveys' as is_survey,
        coalesce(indicators.fed_by, indicators.source_feed) as fed_by,
        -- The plan counts months of the local area, or all since it began: nothing else is set
        -- against it.
        figures.basis = 'local'
        and figures.period_type in ('month', 'cumulative')
        and figures.area_code = '{{ var("local_area") }}' as is_planned,
        -- What comes once a year follows the one a year before, the year so far follows nothing,
        -- and everything else the period that ends on the day before it begins.
        case
            when figures.period_type in ('census', 'dec_feb', 'autumn_spring')
                then figures.month_number - 12
            when figures.period_type != 'ytd'
                then
                    year(figures.period_start - 1) * 12 + month(figures.period_start - 1)
        end as previous_month_number
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    left join words on figures.indicator_id = words.indicator_id
    left join service_lines on indicators.service = service_lines.list
    where figures.breakdown = 'all'
),

earlier as (
    select
        indicator_id,
        basis,
        period_type,
        area_code,
        month_number,
        max_by(value, period_end) as value
    from wholes
    group by all
),

-- The backlog is of the last month of a period.
behind as (
    select
        backlogs.indicator_id,
        figures.basis,
        figures.area_code,
        figures.period_end,
        figures.value as backlog
    from backlogs
    inner join figures
        on
            backlogs.backlog_indicator_id = figures.indicator_id
            and backlogs.backlog_breakdown = figures.breakdown
            and backlogs.backlog_breakdown_value = figures.breakdown_value
    where figures.period_type = 'month'
),

longest as (
    select
        backlogs.indicator_id,
        figures.basis,
        figures.area_code,
        figures.period_end,
        max_by(wait_bands.band, wait_bands.sort_order) as longest_wait_band
    from backlogs
    inner join figures
        on
            backlogs.list_indicator_id = figures.indicator_id
            and figures.breakdown = 'wait_band'
    inner join wait_bands on figures.breakdown_value = wait_bands.band
    where figures.period_type = 'month' and figures.value > 0
    group by all
),

-- A finding about a sender bears on the area that it serves, and on its own.
placed_findings as (
    select
        findings.*,
        findings.org_code as area_code
    from findings
    union
    select
        findings.*,
        senders.area_code
    from findings
    inner join senders on findings.org_code = senders.sender
    where findings.basis = 'local'
),

found as (
    select
        wholes.indicator_id,
        wholes.basis,
        wholes.period_type,
        wholes.period_end,
        wholes.area_code,
        count(distinct placed_findings.finding_id) as finding_count
    from wholes
    inner join placed_findings
        on
            wholes.basis = placed_findings.basis
            and wholes.area_code = placed_findings.area_code
            and placed_findings.period_end between wholes.period_start and wholes.period_end
    where
        list_contains(
            string_split(if(wholes.basis = 'local', wholes.fed_by, wholes.source_feed), '; '),
            placed_findings.dataset
        )
        -- One of another list or another published figure says nothing of this one.
        and (
            wholes.service is null
            or placed_findings.service_line is null
            or placed_findings.service_line = wholes.service
            or placed_findings.service_line is not distinct from wholes.service_line
        )
        and (
            wholes.basis = 'local'
            or wholes.source_feed = 'chs_waits'
            or placed_findings.measure = wholes.indicator_id
        )
    group by all
),

compared as (
    select
        wholes.*,
        before.value as previous_value,
        year_ago.value as year_ago_value,
        points.trajectory_value,
        points.trajectory_read,
        points.operator as trajectory_operator,
        targets.target_value,
        targets.target_operator,
        charted.spc_mean,
        charted.spc_lower,
        charted.spc_upper,
        coalesce(charted.spc_rule, 'none') as spc_rule,
        case
            when wholes.period_type != 'month' then 'not_monthly'
            when wholes.value is null then 'no_value'
            when not wholes.is_complete then 'not_complete'
            else charted.spc_reason
        end as spc_reason,
        coalesce(charted.variation, 'none') as variation,
        coalesce(charted.assurance, 'none') as assurance,
        behind.backlog,
        longest.longest_wait_band,
        coalesce(found.finding_count, 0) as finding_count
    from wholes
    left join earlier as before
        on
            wholes.indicator_id = before.indicator_id
            and wholes.basis = before.basis
            and wholes.period_type = before.period_type
            and wholes.area_code = before.area_code
            and wholes.previous_month_number = before.month_number
    left join earlier as year_ago
        on
            wholes.indicator_id = year_ago.indicator_id
            and wholes.basis = year_ago.basis
            and wholes.period_type = year_ago.period_type
            and wholes.area_code = year_ago.area_code
            and wholes.month_number - 12 = year_ago.month_number
    left join trajectory_points as points
        on
            wholes.indicator_id = points.indicator_id
            and wholes.period_end = points.period_end
            and wholes.is_planned
    left join targets
        on
            wholes.indicator_id = targets.indicator_id
            and wholes.is_planned
    left join spc_points as charted
        on
            wholes.indicator_id = charted.indicator_id
            and wholes.basis = charted.basis
            and wholes.area_code = charted.area_code
            and wholes.period_end = charted.period_end
            and wholes.period_type = 'month'
    left join behind
        on
            wholes.indicator_id = behind.indicator_id
            and wholes.basis = behind.basis
            and wholes.area_code = behind.area_code
            and wholes.period_end = behind.period_end
    left join longest
        on
            wholes.indicator_id = longest.indicator_id
            and wholes.basis = longest.basis
            and wholes.area_code = longest.area_code
            and wholes.period_end = longest.period_end
    left join found
        on
            wholes.indicator_id = found.indicator_id
            and wholes.basis = found.basis
            and wholes.period_type = found.period_type
            and wholes.period_end = found.period_end
            and wholes.area_code = found.area_code
),

indicator_status as (
    select
        indicator_id,
        basis,
        period_type,
        period_end,
        area_code,
        value,
        numerator,
        denominator,
        value_status,
        status_reason,
        previous_value,
        year_ago_value,
        trajectory_value,
        coalesce(trajectory_read, 'none') as trajectory_read,
        target_value,
        target_operator,
        case
            when rag_rule = 'none' then 'grey'
            when is_survey and coalesce(denominator, 0) < {{ parameter('least_base') }}
                then 'grey'
            else
                {{ rag('value', 'trajectory_operator', 'trajectory_value', 'direction', 'unit') }}
        end as rag,
        spc_mean,
        spc_lower,
        spc_upper,
        spc_rule,
        spc_reason,
        variation,
        assurance,
        backlog,
        longest_wait_band,
        finding_count,
        is_revised,
        period_start,
        area_name,
        trajectory_operator,
        if(unit = 'pct', {{ wilson_bound('numerator', 'denominator', '-') }}, null)
            as interval_lower,
        if(unit = 'pct', {{ wilson_bound('numerator', 'denominator', '+') }}, null)
            as interval_upper,
        case
            when unit != 'pct' or denominator is null then null
            when denominator < {{ parameter('least_base') }} then 'too_small'
            when denominator < {{ parameter('steady_base') }} then 'small'
        end as base_flag,
        is_provisional,
        is_estimated,
        is_complete,
        title,
        short_title,
        unit,
        direction,
        plain_definition,
        owner_group
    from compared
)

select * from indicator_status
