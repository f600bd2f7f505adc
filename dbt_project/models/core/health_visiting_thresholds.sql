-- One row per child of one delivery and age that it reaches, with the review that is due by then.
with

kinds as (
    select kinds.*
    from (
        values
        ('30_days', 'NBV', 0, 30, 14),
        ('8_weeks', '6_8W', 0, 56, 56),
        ('12_months', '12M', 12, 0, 0),
        ('15_months', '12M', 15, 0, 0),
        ('30_months', '2_2.5Y', 30, 0, 0)
    ) as kinds (threshold, review_type, age_months, age_days, limit_days)
),

-- A row without a valid NHS number is a child of its own.
reviews as (
    select
        *,
        coalesce(nhs_id, 'row ' || source_row) as child_key
    from {{ rows_to_read('stg_health_visiting__reviews') }}
    where review_type in (select kinds.review_type from kinds)
),

children as (
    select
        submission_id,
        child_key,
        any_value(nhs_id) as nhs_id,
        any_value(sender) as sender,
        any_value(census_date) as census_date,
        min(source_row) as source_row,
        min(birth_date) as birth_date
    from reviews
    group by submission_id, child_key
),

first_reviews as (
    select * from reviews
    qualify
        row_number() over (
            partition by submission_id, child_key, review_type
            order by review_date asc nulls last, source_row asc
        ) = 1
),

-- Who is born on a day that a later month has not, reaches the age on the first of the next one.
reached as (
    select
        children.*,
        kinds.threshold,
        kinds.review_type,
        kinds.limit_days - kinds.age_days as limit_shift,
        cast(children.birth_date + to_months(kinds.age_months) as date) as nearest_date,
        kinds.age_days
    from children
    cross join kinds
),

reviewed as (
    select
        reached.nhs_id,
        reached.threshold,
        reviews.breastfeeding_6_8wk as breastfeeding,
        [
            reviews.asq3_communication,
            reviews.asq3_gross_motor,
            reviews.asq3_fine_motor,
            reviews.asq3_problem_solving,
            reviews.asq3_personal_social
        ] as asq3_levels,
        reviews.asq3_communication,
        reviews.asq3_used,
        reached.birth_date,
        reached.nearest_date
        + reached.age_days
        + if(day(reached.nearest_date) < day(reached.birth_date), 1, 0)
            as threshold_date,
        threshold_date + reached.limit_shift as limit_date,
        if(reviews.review_date <= reached.census_date, reviews.review_date, null) as review_date,
        reached.submission_id,
        reached.sender,
        coalesce(reviews.source_row, reached.source_row) as source_row,
        reached.census_date
    from reached
    left join first_reviews as reviews
        on
            reached.submission_id = reviews.submission_id
            and reached.child_key = reviews.child_key
            and reached.review_type = reviews.review_type
    where reached.nhs_id is not null or reviews.source_row is not null
)

select
    nhs_id,
    threshold,
    if(nhs_id is null, 'nhs_number_not_valid', null) as exclusion_reason,
    breastfeeding,
    asq3_communication,
    coalesce(review_date <= limit_date, false) as is_reviewed_in_time,
    coalesce(asq3_used, false) as has_used_asq3,
    list_count(asq3_levels) = 5 as has_all_asq3,
    len(list_filter(asq3_levels, lambda level: level = 'above')) = 5 as is_at_level_in_all,
    birth_date,
    threshold_date,
    limit_date,
    review_date,
    submission_id,
    sender,
    source_row,
    census_date
from reviewed
