-- One row per placement in work or training of one snapshot, as on the last day of the month.
with
placed as (
    select
        *,
        start_date <= census_date and coalesce(end_date >= census_date, true) as is_open,
        -- Without a number a placement is of a young person of its own.
        coalesce(
            if(has_valid_upn, upn_id, null), if(has_valid_uln, uln_id, null), placement_id
        ) as young_person
    from {{ rows_to_read('stg_work_pathways__placements') }}
)

select
    placement_id,
    upn_id,
    uln_id,
    programme,
    host_employer,
    sector,
    start_date,
    end_date,
    start_date_age,
    date_sub('year', birth_month, census_date) as age,
    coalesce(ehcp_flag, false) as has_plan,
    coalesce(lldd_flag, false) as has_learning_difficulty,
    is_open,
    is_open
    and row_number() over (
        partition by submission_id, young_person, programme, is_open
        order by start_date, source_row
    ) > 1 as is_further,
    -- Of the school year that was over by the last August.
    coalesce(
        year(end_date + interval 4 month) = year(census_date + interval 4 month) - 1, false
    ) as is_ended_last_year,
    coalesce(
        outcome = 'paid_employment' and outcome_date <= end_date + interval 6 month, false
    ) as is_in_paid_work_by_then,
    submission_id,
    sender,
    source_row,
    census_date
from placed
