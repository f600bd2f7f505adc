-- One row per part-time timetable of one snapshot, as it stands on the last day of the month.
with
placed as (
    select
        *,
        start_date <= census_date and coalesce(actual_end >= census_date, true) as is_open
    from {{ rows_to_read('stg_part_time_timetables__timetables') }}
)

select
    ptt_id,
    upn_id,
    urn,
    start_date,
    planned_end,
    actual_end,
    reason,
    is_open,
    -- A row whose UPN is not valid is a child of its own.
    is_open
    and row_number() over (
        partition by submission_id, if(has_valid_upn, upn_id, ptt_id), is_open
        order by start_date, source_row
    ) > 1 as is_further,
    coalesce(ehcp_flag, false) as has_plan,
    date_diff('day', start_date, census_date) > 84 as is_over_12_weeks,
    case
        when planned_end is null then 'unknown'
        when date_diff('day', start_date, planned_end) > 84 then 'over_12w'
        else 'within_12w'
    end as planned_length,
    if(coalesce(consent_parent, false), 'recorded', 'not_recorded') as parental_consent,
    submission_id,
    sender,
    source_row,
    census_date
from placed
