with

sources as (
    select * from {{ ref('int_local_sources__chosen') }}
    where feed = 'sen2_ehc'
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

plans as (
    select * from {{ ref('ehc_plans') }}
),

-- Whoever is 26 stays in the last age band, so that the bands add up.
age_bands as (
    select
        band,
        from_age,
        case when to_age < max(to_age) over () then to_age end as to_age
    from {{ ref('age_bands') }}
),

-- Flows are told by the newest snapshot, stocks by the month's own.
requests as (
    select
        assessments.*,
        sources.period_start,
        sources.period_end
    from assessments
    inner join sources on assessments.submission_id = sources.flow_submission_id
),

-- Need and setting are known of plans, not of requests.
received as (
    select
        * exclude (primary_need, setting_type),
        'requests' as source_table,
        date_sub('year', birth_month, request_date) as age,
        unnest([
            {
                'indicator_id': 'ehcna_requests_n',
                'exclusion': case
                    when is_historical then 'historical'
                    when is_exported then 'exported'
                end,
                'in_numerator': true,
                'in_denominator': false,
                'quantity': cast(null as double)
            }
        ]) as measure
    from requests
    where request_date between period_start and period_end
),

issued as (
    select
        *,
        'requests' as source_table,
        date_sub('year', birth_month, final_plan_date) as age,
        unnest([
            {
                'indicator_id': 'ehcp_20wk_pct',
                'exclusion': exclusion_reason,
                'in_numerator': is_within_20_weeks,
                'in_denominator': true,
                'quantity': cast(null as double)
            },
            {
                'indicator_id': 'ehcp_20wk_inc_pct',
                'exclusion': nullif(exclusion_reason, 'exception'),
                'in_numerator': is_within_20_weeks,
                'in_denominator': true,
                'quantity': cast(null as double)
            }
        ]) as measure
    from requests
    where final_plan_date between period_start and period_end
),

recorded as (
    select
        plans.*,
        if(plans.is_from_elsewhere, 'activeplans', 'namedplan') as source_table,
        date_sub('year', plans.birth_month, plans.census_date) as age,
        sources.period_start,
        sources.period_end,
        unnest([
            {
                'indicator_id': 'ehcp_total_n',
                'exclusion': plans.exclusion_reason,
                'in_numerator': true,
                'in_denominator': false,
                'quantity': cast(null as double)
            }
        ]) as measure
    from plans
    inner join sources on plans.submission_id = sources.stock_submission_id
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
        cases.measure.indicator_id,
        'sen2_ehc' as feed,
        cases.sender,
        cases.submission_id,
        cases.source_row,
        'month' as period_type,
        cases.period_start,
        cases.period_end,
        cases.measure.exclusion,
        cases.measure.exclusion is null and coalesce(cases.measure.in_numerator, false)
            as in_numerator,
        cases.measure.exclusion is null and cases.measure.in_denominator as in_denominator,
        cases.measure.quantity,
        cases.sex,
        age_bands.band as age_band,
        cases.primary_need,
        cases.setting_type,
        cast(null as varchar) as wait_band,
        cases.source_table
    from cases
    left join age_bands
        on
            cases.age >= age_bands.from_age
            and cases.age <= coalesce(age_bands.to_age, cases.age)
)

select * from measured
