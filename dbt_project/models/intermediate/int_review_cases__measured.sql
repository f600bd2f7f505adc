with

sources as (
    select distinct
        indicator_id,
        measure,
        submission_id,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'annual_reviews'
),

annual_reviews as (
    select * from {{ ref('annual_reviews') }}
),

reviews as (
    select
        annual_reviews.*,
        -- Each meeting of a review is one to attend; its clocks run from the first.
        nullif(annual_reviews.exclusion_reason, 'same_review') as meeting_exclusion,
        sources.indicator_id,
        sources.measure,
        sources.period_start,
        sources.period_end
    from sources
    inner join annual_reviews on sources.submission_id = annual_reviews.submission_id
),

-- A review counts in the month in which the decision on its first meeting fell due; undecided is a
-- miss.
decisions_due as (
    select
        *,
        decision_due_date as event_date,
        exclusion_reason as exclusion,
        is_decided_within_4_weeks as counts,
        true as is_share
    from reviews
    where
        measure = 'decided_within_4_weeks'
        and decision_due_date between period_start and period_end
),

-- Undecided is a miss here too; what was maintained or ceased owed no plan.
final_plans_due as (
    select
        *,
        twelve_week_limit_date as event_date,
        case
            when exclusion_reason is not null then exclusion_reason
            when outcome = 'M' then 'maintained'
            when outcome = 'C' then 'ceased'
        end as exclusion,
        outcome = 'A' and is_final_within_12_weeks as counts,
        true as is_share
    from reviews
    where
        measure = 'final_within_12_weeks'
        and twelve_week_limit_date between period_start and period_end
),

decisions_made as (
    select
        *,
        decision_date as event_date,
        case
            when exclusion_reason is not null then exclusion_reason
            when decision_date < meeting_date then 'dates_out_of_order'
            when decision_due_date is null then 'no_limit_in_force'
        end as exclusion,
        is_decided_within_4_weeks as counts,
        true as is_share
    from reviews
    where
        measure = 'decided_within_4_weeks_of_decided'
        and decision_date between period_start and period_end
),

decisions_outstanding as (
    select
        *,
        census_date as event_date,
        case
            when exclusion_reason is not null then exclusion_reason
            when decision_due_date < census_date then null
            else 'not_overdue'
        end as exclusion,
        true as counts,
        false as is_share
    from reviews
    where measure = 'decisions_outstanding' and coalesce(decision_date > census_date, true)
),

held as (
    select
        *,
        meeting_date as event_date,
        case
            when meeting_exclusion is not null then meeting_exclusion
            when measure != 'adulthood_discussed' then null
            when is_year_9_or_above is null then 'year_group_unknown'
            when not is_year_9_or_above then 'below_year_9'
        end as exclusion,
        case measure
            when 'family_attended' then parent_attended or cyp_participated
            when 'young_person_took_part' then cyp_participated
            when 'adulthood_discussed' then discussed_preparation_for_adulthood
        end as counts,
        true as is_share
    from reviews
    where
        measure in ('family_attended', 'young_person_took_part', 'adulthood_discussed')
        and meeting_date between period_start and period_end
),

cases as (
    select * from decisions_due
    union all by name
    select * from final_plans_due
    union all by name
    select * from decisions_made
    union all by name
    select * from decisions_outstanding
    union all by name
    select * from held
),

measured as (
    select
        indicator_id,
        sender,
        submission_id,
        casework_submission_id as other_submission_id,
        'reviews' as source_table,
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
        setting_type
    from cases
)

select * from measured
