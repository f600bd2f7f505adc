-- One row per contact before birth, referral to school nursing and school-entry assessment.
with

contacts as (
    select * from {{ rows_to_read('stg_health_visiting__reviews') }}
    where review_type in ('AN', 'SN', 'SE')
),

-- From week 28 a pregnancy lasts 14 weeks at most: a contact within 98 days is a further one of it.
numbered as (
    select
        *,
        max(review_date) over (
            partition by submission_id, coalesce(nhs_id, 'row ' || source_row)
            order by review_date, source_row
            rows between unbounded preceding and 1 preceding
        ) as contact_before_date
    from contacts
    where review_type = 'AN' and gestation_weeks >= 28 and review_date is not null
)

select
    contacts.nhs_id,
    contacts.review_type,
    contacts.gestation_weeks,
    coalesce(contacts.review_date - numbered.contact_before_date <= 98, false) as is_further,
    {{ academic_age('contacts.birth_date', 'contacts.census_date') }} as academic_age,
    contacts.referral_date,
    contacts.review_date,
    contacts.submission_id,
    contacts.sender,
    contacts.source_row,
    contacts.census_date
from contacts
left join numbered
    on
        contacts.submission_id = numbered.submission_id
        and contacts.source_row = numbered.source_row
