-- One row per spell of a child in one status or service, as on the last day of the month.
with

spells as (
    select
        *,
        spell_start <= census_date and coalesce(spell_end > census_date, true) as is_open,
        max(coalesce(spell_end, date '9999-12-31')) over (
            partition by submission_id, child_id, status
            order by spell_start, source_row
            rows between unbounded preceding and 1 preceding
        ) as last_day_before
    from {{ rows_to_read('stg_social_care__spells') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

days as (
    select * from {{ ref('int_days__described') }}
),

-- A child who moves from one placement to the next stays in care: the spells meet or overlap.
entries as (
    select
        spells.submission_id,
        spells.source_row,
        spells.child_id,
        spells.spell_start,
        limits.date as assessment_due_date
    from spells
    inner join days on spells.spell_start = days.date
    inner join days as limits
        on
            limits.is_working_day
            and days.working_day_number + {{ parameter('health_assessment_days') }}
            = limits.working_day_number
    where
        spells.status = 'CLA'
        and coalesce(spells.last_day_before < spells.spell_start - 1, true)
),

assessed as (
    select
        entries.submission_id,
        entries.source_row,
        entries.assessment_due_date,
        bool_or(
            in_care.spell_start <= entries.assessment_due_date
            and coalesce(in_care.spell_end >= entries.assessment_due_date, true)
        ) as is_in_care_when_due,
        min(in_care.health_assessment_date) filter (
            where in_care.health_assessment_date >= entries.spell_start
        ) as assessment_date
    from entries
    inner join spells as in_care
        on
            entries.submission_id = in_care.submission_id
            and entries.child_id = in_care.child_id
            and in_care.status = 'CLA'
    group by entries.submission_id, entries.source_row, entries.assessment_due_date
)

select
    spells.child_id,
    people.person_id,
    spells.status,
    spells.sen_status,
    {{ academic_age('spells.birth_month', 'spells.census_date') }} as academic_age,
    spells.is_open,
    spells.is_open
    and row_number() over (
        partition by spells.submission_id, spells.child_id, spells.status, spells.is_open
        order by spells.spell_start, spells.source_row
    ) > 1 as is_further,
    coalesce(spells.ehcp_flag, false) or coalesce(spells.sen_status in ('E', 'K'), false)
        as has_send,
    coalesce(assessed.is_in_care_when_due, false) as is_in_care_when_due,
    spells.spell_start,
    spells.spell_end,
    if(spells.status = 'SB', spells.spell_start, spells.short_break_start) as short_break_date,
    assessed.assessment_due_date,
    assessed.assessment_date,
    spells.submission_id,
    spells.sender,
    spells.source_row,
    spells.census_date
from spells
left join people
    on spells.submission_id = people.submission_id and spells.source_row = people.source_row
left join assessed
    on spells.submission_id = assessed.submission_id and spells.source_row = assessed.source_row
