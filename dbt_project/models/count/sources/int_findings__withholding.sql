with recursive

findings as (
    select * from {{ ref('stg_run__findings') }}
),

parents as (
    select * from {{ ref('int_parents__dated') }}
),

service_lines as (
    select * from {{ ref('chs_service_lines') }}
),

-- A finding without a service line speaks of every line of the organisation.
own as (
    select distinct
        coalesce(findings.org_code, findings.org_key) as area_code,
        service_lines.label as service_line,
        findings.rule_id,
        findings.scope,
        true as is_own,
        cast(findings.period || '-01' as date) as period_start
    from findings
    inner join service_lines
        on coalesce(findings.service_line, service_lines.label) = service_lines.label
    where
        findings.basis = 'published'
        and findings.severity in ('withhold', 'refuse')
        and findings.scope in ('list', 'bands')
        and findings.org_level is distinct from 'edition'
),

-- A published total contains its parts; where a parent is unknown, England at least does.
spread as (
    select * from own
    union
    select
        coalesce(parents.parent_code, '{{ var("country") }}') as area_code,
        spread.service_line,
        spread.rule_id,
        spread.scope,
        false as is_own,
        spread.period_start
    from spread
    left join parents
        on
            spread.area_code = parents.area_code
            and spread.period_start between parents.valid_from and parents.valid_to
    where spread.area_code != '{{ var("country") }}'
),

withholding as (
    select
        area_code,
        service_line,
        min(rule_id) filter (where scope = 'list') as list_rule,
        min(rule_id) as bands_rule,
        bool_or(is_own) as is_own,
        period_start
    from spread
    group by all
)

select * from withholding
