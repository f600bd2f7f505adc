with

clocks as (
    {{ clocks_as_read() }}
),

used as (
    select * from {{ ref('int_submissions__used') }}
),

requests as (
    select * from {{ ref('int_ehc_requests__joined') }}
),

assessments as (
    select * from {{ ref('stg_sen2_ehc__assessment') }}
),

named_plans as (
    select * from {{ ref('stg_sen2_ehc__namedplan') }}
),

named_settings as (
    select * from {{ ref('stg_sen2_ehc__plandetail') }}
),

open_plans as (
    select * from {{ ref('int_ehc_open_plans__described') }}
),

reviews as (
    select * from {{ ref('stg_annual_reviews__reviews') }}
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

-- A decision counts by its day: 'maintain' without one is none.
review_decisions as (
    select
        paired.submission_id,
        reviews.case_id,
        max(reviews.decision_date) as decision_date,
        max_by(reviews.submission_id, (reviews.decision_date, reviews.submission_id))
            as reviews_submission_id
    from paired
    inner join used on paired.submission_id = used.submission_id
    inner join reviews
        on
            paired.other_submission_id = reviews.submission_id
            and used.period_end >= reviews.decision_date
    group by paired.submission_id, reviews.case_id
),

reviewed as (
    select
        plans.*,
        requests.sender,
        requests.case_id,
        requests.person_id,
        requests.sex,
        requests.ethnicity_group,
        open_plans.primary_need,
        open_plans.setting_type as placement_type,
        coalesce(open_plans.setting_type, plans.setting_type) as main_setting_type,
        requests.is_transferred_in,
        case
            when plans.cease_date <= requests.census_date then 'ceased'
            when plans.start_date > requests.census_date then 'not_started'
            when plans.start_date is null and open_plans.requeststableid is null
                then 'start_date_missing'
        end as exclusion_reason,
        requests.census_date,
        requests.birth_month,
        greatest(
            case
                when open_plans.last_review_decision_date <= requests.census_date
                    then open_plans.last_review_decision_date
            end,
            review_decisions.decision_date
        ) as last_review_decision_date,
        review_decisions.reviews_submission_id,
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
    left join review_decisions
        on
            plans.submission_id = review_decisions.submission_id
            and requests.case_id = review_decisions.case_id
),

started as (
    select
        *,
        greatest(start_date, last_review_decision_date) as review_year_start_date,
        -- A day that a council sets in the autumn before belongs to the transfer of the next year.
        make_date(year(phase_transfer_due_date + interval 4 months), 1, 1) as transfer_year_date,
        make_date(year(phase_transfer_due_date + interval 4 months), 9, 1) as transfer_date
    from reviewed
),

clocked as (
    select
        *,
        {{ chronological_year_group('birth_month', 'phase_transfer_due_date') }}
            as transfer_year_group,
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

-- Which move it is, the council says by the day that it sets; past both days of the regulation
-- the year group says.
moved as (
    select
        *,
        case
            when phase_transfer_due_date <= make_date(year(transfer_year_date), 2, 15)
                then 'phase'
            when phase_transfer_due_date <= make_date(year(transfer_year_date), 3, 31)
                then 'to_post16'
            when transfer_year_group > 11 then 'within_post16'
            when transfer_year_group = 11 then 'to_post16'
            when phase_transfer_due_date is not null then 'phase'
        end as phase_transfer_kind
    from clocked
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
        {{ compulsory_school_age_end('birth_month') }} as compulsory_school_age_end_date,
        draft_amended_plan_date,
        representations_end_date,
        reviews_submission_id,
        {{ ran_in_relaxed_limits('review_year_start_date', 'next_review_due_date') }}
            as fell_in_relaxed_limits
    from due
)

select * from ehc_plans
