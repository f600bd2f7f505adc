-- One row per pupil and school of one school census. A pupil of two schools counts at the main one.
select
    upn_id,
    urn,
    year_group,
    sen_provision,
    sen_provision in ('E', 'K') as has_sen,
    case
        when enrol_status in ('S', 'G') then 'other_school_is_main'
        when row_number() over (
            partition by
                submission_id,
                -- A row whose UPN is not valid is a pupil of its own.
                if(has_valid_upn, upn_id, cast(source_row as varchar)),
                coalesce(enrol_status in ('S', 'G'), false)
            order by enrol_status, source_row
        ) > 1 then 'further_school'
    end as exclusion_reason,
    submission_id,
    sender,
    source_row,
    census_date
from {{ rows_to_read('stg_school_census__pupils') }}
