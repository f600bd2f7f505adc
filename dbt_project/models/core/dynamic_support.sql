-- One row per person and day of being added to the register, as on the last day of the month. A
-- row without a valid NHS number is a person of its own.
with
people as (
    select
        *,
        coalesce(nhs_id, 'row ' || source_row) as person_key,
        added_date <= census_date and coalesce(removed_date > census_date, true) as is_on_register,
        coalesce(admission_date <= census_date, false)
        and coalesce(discharge_date > census_date, true) as is_inpatient,
        coalesce(keyworker_start <= census_date, false) as has_keyworker
    from {{ rows_to_read('stg_dynamic_support__people') }}
)

select
    nhs_id,
    category,
    admission_type,
    is_on_register,
    is_on_register
    and row_number() over (
        partition by submission_id, person_key, is_on_register
        order by added_date desc, source_row desc
    ) > 1 as is_further_on_register,
    is_inpatient,
    is_inpatient
    and row_number() over (
        partition by submission_id, person_key, is_inpatient
        order by added_date desc, source_row desc
    ) > 1 as is_further_inpatient,
    has_keyworker,
    cetr_date,
    admission_date,
    submission_id,
    sender,
    source_row,
    census_date
from people
