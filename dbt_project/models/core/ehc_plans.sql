with

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
        max(reviews.decision_date) as decision_date
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
        open_plans.primary_need,
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
        ) as last_review_decision_date
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

due as (
    select
        *,
        {{ last_day_of_review_year('greatest(start_date, last_review_decision_date)') }}
            as next_review_due_date
    from reviewed
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
        birth_month
    from due
)

select * from ehc_plans
