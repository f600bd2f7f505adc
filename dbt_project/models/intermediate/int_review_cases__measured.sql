with

sources as (
    select distinct
        indicator_id,
        submission_id,
        period_type,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'annual_reviews'
),

annual_reviews as (
    select * from {{ ref('annual_reviews') }}
),

-- Every meeting counts in the month in which its decision fell due; undecided is a miss.
measured as (
    select
        sources.indicator_id,
        annual_reviews.sender,
        sources.submission_id,
        annual_reviews.casework_submission_id as other_submission_id,
        'reviews' as source_table,
        annual_reviews.source_row,
        sources.period_type,
        sources.period_start,
        sources.period_end,
        annual_reviews.exclusion_reason as exclusion,
        annual_reviews.exclusion_reason is null
        and coalesce(annual_reviews.is_decided_within_4_weeks, false) as in_numerator,
        annual_reviews.exclusion_reason is null as in_denominator,
        annual_reviews.sex,
        date_sub('year', annual_reviews.birth_month, annual_reviews.decision_due_date) as age,
        annual_reviews.primary_need,
        annual_reviews.setting_type
    from sources
    inner join annual_reviews
        on
            sources.submission_id = annual_reviews.submission_id
            and annual_reviews.decision_due_date between sources.period_start and sources.period_end
    where sources.indicator_id = 'ar_4wk_pct'
)

select * from measured
