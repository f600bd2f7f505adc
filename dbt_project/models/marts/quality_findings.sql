with

findings as (
    select * from {{ ref('stg_run__findings') }}
),

quality_findings as (
    select
        finding_id,
        known_on,
        period_start,
        period_end,
        dataset,
        org_code,
        measure,
        rule_id,
        severity,
        observed,
        expected,
        message,
        action,
        org_name,
        service_line,
        scope,
        basis
    from findings
)

select * from quality_findings
