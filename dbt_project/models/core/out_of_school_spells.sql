-- One row per spell of a child out of school, as it stands on the last day of the month.
with
spells as (
    select * from {{ rows_to_read('stg_cme_ehe__spells') }}
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

days as (
    select * from {{ ref('int_days__described') }}
    where is_working_day
),

-- A later list corrects an earlier one, but need not repeat the years before it.
closures as (
    select
        closures.urn,
        closures.closed_from,
        max_by(closures.reopens, sound.period_end) as reopens
    from {{ ref('stg_school_closures__closures') }} as closures
    inner join sound on closures.submission_id = sound.submission_id
    group by closures.urn, closures.closed_from
),

told_of as (
    select
        urn,
        min(closed_from) as first_day,
        max(reopens) as last_day
    from closures
    group by urn
),

absences as (
    select distinct
        absence_start,
        previous_urn
    from spells
    where absence_start is not null
),

-- The 15th day counted from the absence on, its first day included. No school is closed for more
-- than half a year.
possible as (
    select
        absences.absence_start,
        absences.previous_urn,
        days.date,
        bool_or(closures.urn is not null) as is_closed
    from absences
    inner join days
        on
            absences.absence_start <= days.date
            and absences.absence_start + interval 180 day >= days.date
    left join closures
        on
            absences.previous_urn = closures.urn
            and days.date >= closures.closed_from
            and days.date < closures.reopens
    group by absences.absence_start, absences.previous_urn, days.date
),

counted as (
    select
        *,
        row_number() over absence as working_day,
        count(*) filter (where not is_closed) over absence as school_day
    from possible
    window absence as (
        partition by absence_start, previous_urn order by date
        rows between unbounded preceding and current row
    )
),

fifteenth as (
    select
        counted.absence_start,
        counted.previous_urn,
        min(counted.date) filter (where counted.working_day = 15) as working_date,
        min(counted.date) filter (where counted.school_day = 15) as school_date
    from counted
    group by counted.absence_start, counted.previous_urn
),

-- Where no list holds the school's closures nobody knows which days are school days.
dated as (
    select
        spells.*,
        fifteenth.working_date as fifteenth_working_day,
        case
            when
                spells.absence_start >= told_of.first_day
                and fifteenth.school_date < told_of.last_day
                then fifteenth.school_date
        end as fifteenth_school_day
    from spells
    left join fifteenth
        on
            spells.absence_start = fifteenth.absence_start
            and spells.previous_urn is not distinct from fifteenth.previous_urn
    left join told_of on spells.previous_urn = told_of.urn
),

placed as (
    select
        *,
        status in ('EHE', 'EHE_U') as is_home_status,
        start_date <= census_date and coalesce(end_date >= census_date, true) as is_open,
        census_date between {{ compulsory_school_age_start('birth_month') }}
        and {{ compulsory_school_age_end('birth_month') }} as is_of_school_age,
        coalesce(sen_status in ('K', 'E'), false) as has_send,
        coalesce(absence_reason = 'medical', false) as is_medical
    from dated
),

-- Education at home that the council has found not to be suitable is education missed. While it is
-- under review it is not.
judged as (
    select
        *,
        is_open and is_of_school_age and (
            status = 'CME' or is_home_status and not coalesce(suitable_education, true)
        ) as is_missing_education,
        is_open and is_home_status and coalesce(suitable_education, true) as is_home_educated,
        is_open and is_medical and status = 'S19' as is_on_medical_register,
        is_open and is_medical and coalesce(s19_start > census_date, true)
        and coalesce(fifteenth_working_day <= census_date, false) as is_long_without_provision
    from placed
),

known as (
    select
        *,
        is_long_without_provision and fifteenth_school_day is null as is_length_unknown,
        is_long_without_provision and coalesce(fifteenth_school_day <= census_date, false)
            as is_medical_without_provision
    from judged
)

select
    child_id,
    upn_id,
    birth_month,
    status,
    start_date,
    end_date,
    sen_status,
    is_open,
    is_of_school_age,
    has_send,
    is_home_status,
    -- Who was taught at home before in the school year, or up to this spell, has not become so.
    coalesce(
        is_home_status and (
            max(start_date) over earlier_at_home
            >= make_date(year(start_date - interval 8 month), 9, 1)
            or max(coalesce(end_date, 'infinity')) over earlier_at_home
            >= start_date - interval 1 day
        ),
        false
    ) as is_home_educated_before,
    is_missing_education,
    is_home_educated,
    is_on_medical_register,
    is_medical_without_provision,
    is_length_unknown,
    is_missing_education or is_medical_without_provision as is_out_of_education,
    is_missing_education
    and row_number() over (
        partition by submission_id, child_id, is_missing_education
        order by start_date, source_row
    ) > 1 as is_further_missing_education,
    is_home_educated
    and row_number() over (
        partition by submission_id, child_id, is_home_educated
        order by start_date, source_row
    ) > 1 as is_further_home_educated,
    is_on_medical_register
    and row_number() over (
        partition by submission_id, child_id, is_on_medical_register
        order by start_date, source_row
    ) > 1 as is_further_on_medical_register,
    is_medical_without_provision
    and row_number() over (
        partition by submission_id, child_id, is_medical_without_provision
        order by start_date, source_row
    ) > 1 as is_further_medical_without_provision,
    (is_missing_education or is_medical_without_provision)
    and row_number() over (
        partition by
            submission_id, child_id, has_send,
            is_missing_education or is_medical_without_provision
        order by start_date, source_row
    ) > 1 as is_further_out_of_education,
    date_diff('day', start_date, census_date) > 84 as is_over_12_weeks,
    named_lead is not null as has_named_lead,
    absence_start,
    s19_start,
    fifteenth_working_day,
    fifteenth_school_day,
    coalesce(end_date < fifteenth_school_day, false) as is_back_by_then,
    coalesce(s19_start <= fifteenth_school_day, false) as is_taught_by_then,
    row_number() over (
        partition by submission_id, child_id, absence_start order by s19_start, source_row
    ) > 1 as is_absence_told_again,
    submission_id,
    sender,
    source_row,
    census_date
from known
window earlier_at_home as (
    partition by submission_id, child_id, is_home_status order by start_date, source_row
    rows between unbounded preceding and 1 preceding
)
