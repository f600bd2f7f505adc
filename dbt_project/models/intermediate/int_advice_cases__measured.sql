with

sources as (
    select distinct
        indicator_id,
        measure,
        service,
        submission_id,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'ehc_advice'
),

advice as (
    select * from {{ ref('ehc_advice') }}
),

requested as (
    select
        advice.*,
        sources.indicator_id,
        sources.measure,
        sources.period_start,
        sources.period_end
    from sources
    inner join advice on sources.submission_id = advice.submission_id
    where
        sources.service is null
        or sources.service = advice.body
        or (sources.service = 'health' and advice.body in ('medical', 'cypmh', 'slt', 'ot'))
),

-- What is due in a month counts in it, whether it came or not and whatever exception is relied on.
due as (
    select
        *,
        due_date as event_date,
        exclusion_reason as exclusion,
        is_within_6_weeks as counts,
        true as is_share
    from requested
    where measure = 'advice_within_6_weeks' and due_date between period_start and period_end
),

outstanding as (
    select
        *,
        census_date as event_date,
        case
            when exclusion_reason is not null then exclusion_reason
            when due_date < census_date then null
            else 'not_overdue'
        end as exclusion,
        true as counts,
        false as is_share
    from requested
    where measure = 'advice_overdue' and coalesce(received_date > census_date, true)
),

cases as (
    select * from due
    union all by name
    select * from outstanding
),

measured as (
    select
        indicator_id,
        sender,
        submission_id,
        casework_submission_id as other_submission_id,
        'advice' as source_table,
        source_row,
        period_start,
        period_end,
        exclusion,
        exclusion is null and coalesce(counts, false) as in_numerator,
        exclusion is null and is_share as in_denominator,
        sex,
        -- Its delivery knows no birth: the month of birth tells the age at the end of a month.
        date_sub('year', birth_month, last_day(event_date)) as age,
        ethnicity_group,
        primary_need,
        setting_type,
        coalesce(exception_code, 'none') as ground
    from cases
)

select * from measured
