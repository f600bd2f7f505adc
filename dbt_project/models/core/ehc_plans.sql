with

clocks as (
    {{ clocks_as_read() }}
),

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

assessments as (
    select * from {{ rows_to_read('stg_sen2_ehc__assessment') }}
),

named_plans as (
    select * from {{ rows_to_read('stg_sen2_ehc__namedplan') }}
),

named_settings as (
    select * from {{ rows_to_read('stg_sen2_ehc__plandetail') }}
),

open_plans as (
    select * from {{ ref('int_ehc_open_plans__described') }}
),

placements as (
    select * from {{ rows_to_read('stg_sen2_ehc__placementdetail') }}
),

reviews as (
    select * from {{ rows_to_read('stg_annual_reviews__reviews') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'annual_reviews'
),

main_settings as (
    select
        named_settings.submission_id,
        named_settings.namedplantableid,
        {{ setting_type('named_settings') }} as setting_type,
        named_settings.urn as named_urn
    from named_settings
    where named_settings.placementrank = 1
    qualify
        row_number() over (
            partition by named_settings.submission_id, named_settings.namedplantableid
            order by named_settings.source_row
        ) = 1
),

issued as (
    select
        named_plans.submission_id,
        assessments.requeststableid,
        named_plans.namedplantableid as plan_id,
        named_plans.source_row,
        main_settings.setting_type,
        main_settings.named_urn,
        named_plans.ceasereason as cease_reason,
        false as is_from_elsewhere,
        named_plans.startdate as start_date,
        named_plans.ceasedate as cease_date
    from named_plans
    inner join assessments
        on
            named_plans.submission_id = assessments.submission_id
            and named_plans.assessmenttableid = assessments.assessmenttableid
    left join main_settings
        on
            named_plans.submission_id = main_settings.submission_id
            and named_plans.namedplantableid = main_settings.namedplantableid
),

-- An open plan that this council never issued came from another one, or from before its records.
-- Where it decided to issue one, the row of the plan itself was set aside: then it counts nowhere.
from_elsewhere as (
    select
        open_plans.submission_id,
        open_plans.requeststableid,
        open_plans.activeplanstableid as plan_id,
        open_plans.source_row,
        true as is_from_elsewhere
    from open_plans
    inner join requests
        on
            open_plans.submission_id = requests.submission_id
            and open_plans.requeststableid = requests.requeststableid
    where
        not requests.has_named_plan
        and (requests.is_transferred_in or requests.assessment_outcome is distinct from 'Y')
),

plans as (
    select * from issued
    union all by name
    select * from from_elsewhere
),

described as (
    select
        plans.*,
        requests.sender,
        requests.case_id,
        requests.person_id,
        requests.sex,
        requests.ethnicity_group,
        requests.is_transferred_in,
        requests.census_date,
        requests.birth_month,
        open_plans.requeststableid is not null as has_open_plan,
        open_plans.activeplanstableid,
        open_plans.primary_need,
        open_plans.setting_type as placement_type,
        coalesce(open_plans.setting_type, plans.setting_type) as main_setting_type,
        case
            when open_plans.last_review_decision_date <= requests.census_date
                then open_plans.last_review_decision_date
        end as recorded_decision_date,
        open_plans.last_review_meeting_date,
        open_plans.draft_amended_plan_date,
        open_plans.phase_transfer_due_date,
        open_plans.phase_transfer_final_date
    from plans
    inner join requests
        on
            plans.submission_id = requests.submission_id
            and plans.requeststableid = requests.requeststableid
    left join open_plans
        on
            plans.submission_id = open_plans.submission_id
            and plans.requeststableid = open_plans.requeststableid
),

dated_reviews as (
    select
        *,
        coalesce(meeting_date, decision_date) as review_date
    from reviews
),

-- Of several plans of a case the one in force on the day of the meeting; one whose start is not
-- known only where no other was.
plan_reviews as (
    select
        described.submission_id,
        described.plan_id,
        reviews.submission_id as reviews_submission_id,
        reviews.year_group
        - ({{ chronological_year_group('described.birth_month', 'reviews.meeting_date') }})
            as years_ahead,
        reviews.meeting_date,
        -- A decision counts by its day: 'maintain' without one is none.
        if(reviews.decision_date <= described.census_date, reviews.decision_date, null)
            as decision_date
    from described
    inner join paired on described.submission_id = paired.submission_id
    inner join dated_reviews as reviews
        on
            paired.other_submission_id = reviews.submission_id
            and described.case_id = reviews.case_id
            and described.census_date >= reviews.review_date
            and {{ in_force_on('described', 'reviews.review_date') }}
    qualify
        row_number() over (
            partition by described.submission_id, reviews.submission_id, reviews.review_id
            order by described.start_date desc nulls last, described.source_row asc
        ) = 1
),

review_facts as (
    select
        submission_id,
        plan_id,
        max(decision_date) as decision_date,
        max_by(reviews_submission_id, (decision_date, reviews_submission_id)) filter (
            where decision_date is not null
        ) as reviews_submission_id,
        min(least(meeting_date, decision_date)) as first_review_date,
        -- Nobody is taught further from the year of the own age than this: the rest are defaults.
        max_by(years_ahead, meeting_date) filter (where abs(years_ahead) <= 2) as years_ahead
    from plan_reviews
    group by submission_id, plan_id
),

reviewed as (
    select
        described.*,
        case
            when described.cease_date <= described.census_date then 'ceased'
            when described.start_date > described.census_date then 'not_started'
            when described.start_date is null and not described.has_open_plan
                then 'start_date_missing'
        end as exclusion_reason,
        greatest(described.recorded_decision_date, review_facts.decision_date)
            as last_review_decision_date,
        review_facts.reviews_submission_id,
        if({{ choice('year_group') }} = 'actual', coalesce(review_facts.years_ahead, 0), 0)
            as years_ahead,
        -- Whatever happened to a plan proves that it existed.
        coalesce(
            described.start_date,
            least(
                review_facts.first_review_date,
                described.recorded_decision_date,
                described.last_review_meeting_date,
                described.draft_amended_plan_date,
                described.phase_transfer_final_date
            )
        ) as known_since_date
    from described
    left join review_facts
        on
            described.submission_id = review_facts.submission_id
            and described.plan_id = review_facts.plan_id
),

-- The day that the council has set says that a move is ahead, and in which academic year.
started as (
    select
        *,
        greatest(start_date, last_review_decision_date) as review_year_start_date,
        {{ compulsory_school_age_end('birth_month') }} as compulsory_school_age_end_date,
        {{ chronological_year_group('birth_month', 'phase_transfer_due_date') }} + years_ahead
            as transfer_year_group,
        make_date(year(phase_transfer_due_date + interval 4 months), 1, 1) as transfer_year_date,
        make_date(year(phase_transfer_due_date + interval 4 months), 9, 1) as transfer_date
    from reviewed
),

clocked as (
    select
        *,
        {{ last_day_within('review_year_start_date', 'review_year') }} as next_review_due_date,
        {{ last_day_within('draft_amended_plan_date', 'draft_representations') }}
            as representations_end_date,
        {{ last_day_within('transfer_year_date', 'phase_transfer') }} as phase_last_date,
        {{ last_day_within('transfer_year_date', 'phase_transfer_to_post16') }}
            as to_post16_last_date,
        {{ last_day_within('transfer_date', 'post16_move') }} as within_post16_last_date,
        {{ last_day_within('review_year_start_date', 'early_years_review_from') }}
            as early_years_from_date,
        {{ last_day_within('review_year_start_date', 'early_years_review_by') }}
            as early_years_by_date
    from started
),

-- Where the young person was as the limit came. A post-16 institution is for those who are over
-- compulsory school age: who came before is at a school.
placed as (
    select
        clocked.submission_id,
        clocked.plan_id,
        max(placements.entrydate) <= any_value(clocked.compulsory_school_age_end_date)
            as is_at_school
    from clocked
    inner join placements
        on
            clocked.submission_id = placements.submission_id
            and clocked.activeplanstableid = placements.activeplanstableid
            and clocked.to_post16_last_date >= placements.entrydate
            and clocked.to_post16_last_date
            <= coalesce(placements.leavingdate, clocked.to_post16_last_date)
    where placements.placementrank = 1
    group by clocked.submission_id, clocked.plan_id
),

-- The move follows from the year group. Where there are middle schools, pupils change school after
-- years 3 to 5, 7 and 8; after years 1, 9 and 10 no phase of the regulation ends. Within post-16 a
-- move may be on any day: only one in September has its limit in spring.
moved as (
    select
        clocked.*,
        case
            when clocked.transfer_year_group = 11 then 'to_post16'
            when clocked.transfer_year_group > 11 and placed.is_at_school then 'to_post16'
            when
                clocked.transfer_year_group > 11
                and clocked.phase_transfer_due_date
                between clocked.transfer_year_date and clocked.within_post16_last_date
                then 'within_post16'
            when clocked.transfer_year_group between -2 and 8 and clocked.transfer_year_group != 1
                then 'phase'
        end as phase_transfer_kind
    from clocked
    left join placed
        on clocked.submission_id = placed.submission_id and clocked.plan_id = placed.plan_id
),

due as (
    select
        *,
        case phase_transfer_kind
            when 'phase' then phase_last_date
            when 'to_post16' then to_post16_last_date
            when 'within_post16' then within_post16_last_date
        end as phase_transfer_last_date,
        exclusion_reason is null
        and date_sub('year', birth_month, census_date) < {{ parameter('early_years_age') }}
            as has_early_years_reviews
    from moved
),

-- A plan for this move names the place there, and places are given in the school year before: one
-- sent a year before the limit was for an earlier move, and the council has left its day.
sent as (
    select
        * replace (
            if(
                phase_transfer_final_date <= phase_transfer_last_date - to_years(1),
                null,
                phase_transfer_final_date
            ) as phase_transfer_final_date
        )
    from due
),

ehc_plans as (
    select
        submission_id || '-' || plan_id as plan_id,
        person_id,
        start_date,
        cease_date,
        last_review_decision_date,
        next_review_due_date,
        exclusion_reason is null and next_review_due_date < census_date as is_review_overdue,
        primary_need,
        main_setting_type as setting_type,
        submission_id,
        sender,
        source_row,
        submission_id || '-' || requeststableid as assessment_id,
        case_id,
        sex,
        named_urn,
        cease_reason,
        exclusion_reason is null as is_open,
        is_from_elsewhere,
        is_transferred_in,
        exclusion_reason,
        census_date,
        birth_month,
        ethnicity_group,
        placement_type,
        {{ academic_age('birth_month', 'census_date') }} as academic_age,
        {{ chronological_year_group('birth_month', 'census_date') }} as year_group,
        phase_transfer_kind,
        phase_transfer_due_date,
        phase_transfer_last_date,
        phase_transfer_final_date,
        case
            when phase_transfer_final_date is not null
                then phase_transfer_final_date <= phase_transfer_last_date
            when phase_transfer_last_date <= census_date then false
        end as is_phase_transfer_on_time,
        if(has_early_years_reviews, early_years_from_date, null) as early_years_review_from_date,
        if(has_early_years_reviews, early_years_by_date, null) as early_years_review_by_date,
        {{ compulsory_school_age_start('birth_month') }} as compulsory_school_age_start_date,
        compulsory_school_age_end_date,
        draft_amended_plan_date,
        representations_end_date,
        reviews_submission_id,
        known_since_date,
        {{ ran_in_relaxed_limits('review_year_start_date', 'next_review_due_date') }}
            as fell_in_relaxed_limits
    from sent
)

select * from ehc_plans
