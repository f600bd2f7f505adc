-- One row per placement in alternative provision of one snapshot, as on the last day of the month.
with
placed as (
    select
        *,
        entry_date <= census_date and coalesce(leaving_date >= census_date, true) as is_open,
        -- Of the school year that was over by the last August.
        year(leaving_date + interval 4 month) = year(census_date + interval 4 month) - 1
            as is_left_last_year
    from {{ rows_to_read('stg_ap_census__placements') }}
)

select
    placement_id,
    upn_id,
    entry_date,
    leaving_date,
    leaving_destination,
    is_open,
    -- A row whose UPN is not valid is a pupil of its own.
    is_open
    and row_number() over (
        partition by submission_id, if(has_valid_upn, upn_id, placement_id), is_open
        order by entry_date, source_row
    ) > 1 as is_further,
    urn is null and ukprn is null as is_unregistered,
    sessions_possible,
    sessions_attended,
    coalesce(leaving_destination = 'mainstream' and sustained_one_term, false)
        as is_back_for_a_term,
    coalesce(
        is_left_last_year
        and year_group = 11
        and coalesce(leaving_destination, 'not_known') not in ('mainstream', 'special', 'other_ap'),
        false
    ) as is_year_11_leaver,
    submission_id,
    sender,
    source_row,
    census_date
from placed
