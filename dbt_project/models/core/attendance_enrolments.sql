-- One row per pupil, school and school year of one snapshot, with the sessions of the year so far.
with
enrolments as (
    select
        *,
        sess_authorised + sess_unauthorised as absent_sessions,
        coalesce(ehcp_flag, sen_provision = 'E', false) as has_plan,
        -- A row whose UPN is not valid is a pupil of its own.
        if(has_valid_upn, upn_id, cast(source_row as varchar)) as pupil,
        case
            when academic_year // 100 != year(census_date - interval 8 month)
                then 'other_school_year'
            when sess_authorised + sess_unauthorised > sess_possible then 'absent_above_possible'
            when sess_possible = 0 then 'no_possible_session'
        end as exclusion_reason
    from {{ rows_to_read('stg_attendance__enrolments') }}
)

select
    upn_id,
    urn,
    academic_year,
    sess_possible as possible_sessions,
    absent_sessions,
    sess_code_c2 as part_time_sessions,
    has_plan,
    coalesce(not has_plan and sen_provision = 'K', false) as has_sen_support,
    exclusion_reason,
    absent_sessions * 10 >= sess_possible as is_persistently_absent,
    absent_sessions * 2 >= sess_possible as is_severely_absent,
    -- Of a pupil with a plan who changed school the sessions of both add up.
    sum(absent_sessions) over pupils * 10 >= sum(sess_possible) over pupils
        as is_pupil_persistently_absent,
    row_number() over (pupils order by source_row) > 1 as is_further,
    submission_id,
    sender,
    source_row,
    census_date
from enrolments
window pupils as (partition by submission_id, pupil, has_plan, exclusion_reason is null)
