with

sources as (
    select * from {{ ref('int_local_sources__chosen') }}
    where feed = 'annual_reviews'
),

annual_reviews as (
    select * from {{ ref('annual_reviews') }}
),

-- Whoever is 26 stays in the last age band, so that the bands add up.
age_bands as (
    select
        band,
        from_age,
        case when to_age < max(to_age) over () then to_age end as to_age
    from {{ ref('age_bands') }}
),

reviews as (
    select
        annual_reviews.*,
        sources.period_start,
        sources.period_end
    from annual_reviews
    inner join sources on annual_reviews.submission_id = sources.flow_submission_id
),

-- Every meeting counts in the month in which its decision fell due; undecided is a miss.
decisions_due as (
    select
        *,
        date_sub('year', birth_month, decision_due_date) as age,
        unnest([
            {
                'indicator_id': 'ar_4wk_pct',
                'exclusion': exclusion_reason,
                'in_numerator': is_decided_within_4_weeks,
                'in_denominator': true,
                'quantity': cast(null as double)
            }
        ]) as measure
    from reviews
    where decision_due_date between period_start and period_end
),

measured as (
    select
        decisions_due.measure.indicator_id,
        'annual_reviews' as feed,
        decisions_due.sender,
        decisions_due.submission_id,
        decisions_due.source_row,
        'month' as period_type,
        decisions_due.period_start,
        decisions_due.period_end,
        decisions_due.measure.exclusion,
        decisions_due.measure.exclusion is null
        and coalesce(decisions_due.measure.in_numerator, false) as in_numerator,
        decisions_due.measure.exclusion is null and decisions_due.measure.in_denominator
            as in_denominator,
        decisions_due.measure.quantity,
        decisions_due.sex,
        age_bands.band as age_band,
        decisions_due.primary_need,
        decisions_due.setting_type,
        cast(null as varchar) as wait_band
    from decisions_due
    left join age_bands
        on
            decisions_due.age >= age_bands.from_age
            and decisions_due.age <= coalesce(age_bands.to_age, decisions_due.age)
)

select * from measured
