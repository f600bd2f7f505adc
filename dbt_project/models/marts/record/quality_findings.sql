with

findings as (
    select * from {{ ref('stg_run__findings') }}
    union all by name
    select * from {{ ref('int_published_findings__told') }}
    union all by name
    select * from {{ ref('int_edition_findings__told') }}
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
