-- One row per young person and kind of move of one snapshot, as on the last day of the month.
select
    upn_id,
    transition_type,
    transition_date,
    sen_status,
    date_sub('year', birth_month, census_date) as age,
    coalesce(lead_worker_date <= census_date, false) as has_lead_worker,
    coalesce(asc_assessment_date < transition_date, false) as is_assessed_before,
    coalesce(
        year(transition_date) = year(census_date) and month(transition_date) = 9, false
    ) as is_of_this_september,
    coalesce(passport_date <= make_date(year(transition_date), 7, 31), false)
        as has_passport_by_july,
    travel_training_completed,
    -- A training stands in each row of the young person.
    row_number() over (
        partition by
            submission_id,
            -- A row whose UPN is not valid is a young person of its own.
            if(has_valid_upn, upn_id, cast(source_row as varchar)),
            travel_training_completed
        order by source_row
    ) > 1 as is_training_told_again,
    submission_id,
    sender,
    source_row,
    census_date
from {{ rows_to_read('stg_transition__moves') }}
