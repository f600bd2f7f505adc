with

findings as (
    select * from {{ ref('stg_run__findings') }}
),

withheld as (
    select
        findings.dataset as feed,
        findings.org_code as sender,
        min(findings.rule_id) as rule_id,
        cast(findings.period || '-01' as date) as period_start
    from findings
    where
        findings.basis = 'local'
        and findings.severity in ('withhold', 'refuse')
        and findings.scope = 'list'
        and findings.service_line is null
    group by all
)

select * from withheld
