with

sources as (
    select distinct
        indicator_id,
        submission_id,
        period_type,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'sen2_ehc'
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

requests as (
    select
        assessments.*,
        sources.indicator_id,
        sources.period_type,
        sources.period_start,
        sources.period_end
    from sources
    inner join assessments on sources.submission_id = assessments.submission_id
),

-- Need and setting are known of plans, not of requests.
received as (
    select
        * exclude (primary_need, setting_type),
        'requests' as source_table,
        date_sub('year', birth_month, request_date) as age,
        case
            when is_historical then 'historical'
            when is_exported then 'exported'
        end as exclusion,
        true as counts,
        false as is_share
    from requests
    where
        indicator_id = 'ehcna_requests_n'
        and request_date between period_start and period_end
),

issued as (
    select
        *,
        'requests' as source_table,
        date_sub('year', birth_month, final_plan_date) as age,
        case indicator_id
            when 'ehcp_20wk_pct' then exclusion_reason
            else nullif(exclusion_reason, 'exception')
        end as exclusion,
        is_within_20_weeks as counts,
        true as is_share
    from requests
    where
        indicator_id in ('ehcp_20wk_pct', 'ehcp_20wk_inc_pct')
        and final_plan_date between period_start and period_end
),

recorded as (
    select
        plans.*,
        sources.indicator_id,
        sources.period_type,
        sources.period_start,
        sources.period_end,
        if(plans.is_from_elsewhere, 'activeplans', 'namedplan') as source_table,
        date_sub('year', plans.birth_month, plans.census_date) as age,
        plans.exclusion_reason as exclusion,
        true as counts,
        false as is_share
    from sources
    inner join plans on sources.submission_id = plans.submission_id
    where sources.indicator_id = 'ehcp_total_n'
),

cases as (
    select * from received
    union all by name
    select * from issued
    union all by name
    select * from recorded
),

measured as (
    select
        indicator_id,
        sender,
        submission_id,
        source_table,
        source_row,
        period_type,
        period_start,
        period_end,
        exclusion,
        exclusion is null and coalesce(counts, false) as in_numerator,
        exclusion is null and is_share as in_denominator,
        sex,
        age,
        primary_need,
        setting_type
    from cases
)

select * from measured
