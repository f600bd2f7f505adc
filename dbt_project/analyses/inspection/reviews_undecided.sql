with

reviews as (
    {{ newest_rows('annual_reviews', "'annual_reviews'") }}
)

select
    person_id as person_pseudonym,
    case_id as case_pseudonym,
    date_sub('year', birth_month, census_date) as age,
    year_group,
    sex,
    ethnicity_group,
    primary_need,
    setting_type,
    review_type,
    meeting_date,
    decision_due_date,
    decision_due_date < as_at as is_overdue,
    census_date as snapshot_date,
    sender
from reviews
where meeting_date <= as_at and decision_date is null and exclusion_reason is null
order by meeting_date, review_id
