-- One row per plan of one snapshot, with what the register of moves knows of the young person.
with
plans as (
    select * from {{ ref('ehc_plans') }}
),

transitions as (
    select * from {{ rows_to_read('stg_transition__moves') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
),

paired as (
    select * from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed = 'transition'
),

registers as (
    select
        submission_id,
        max(other_submission_id) as transition_submission_id
    from paired
    group by submission_id
),

-- What is dated after the month was not so at its end.
prepared as (
    select
        paired.submission_id,
        people.person_id,
        max(
            greatest(
                case
                    when transitions.passport_date <= transitions.census_date
                        then transitions.passport_date
                end,
                case
                    when transitions.passport_refreshed_date <= transitions.census_date
                        then transitions.passport_refreshed_date
                end
            )
        ) as passport_date,
        max(transitions.vocational_profile_date) filter (
            where transitions.vocational_profile_date <= transitions.census_date
        ) as profile_date
    from paired
    inner join transitions on paired.other_submission_id = transitions.submission_id
    inner join people
        on
            transitions.submission_id = people.submission_id
            and transitions.source_row = people.source_row
    group by paired.submission_id, people.person_id
)

select
    plans.plan_id,
    plans.person_id,
    plans.is_from_elsewhere,
    coalesce(
        plans.exclusion_reason,
        case
            when registers.transition_submission_id is null then 'no_register'
            when plans.person_id is null then 'number_missing'
        end
    ) as exclusion_reason,
    plans.year_group >= {{ parameter('preparation_for_adulthood_year') }} as is_year_9_or_above,
    coalesce(
        prepared.passport_date >= coalesce(plans.last_review_decision_date, prepared.passport_date),
        false
    ) as has_current_passport,
    coalesce(
        prepared.profile_date + to_months({{ parameter('recent_review_months') }})
        > plans.census_date,
        false
    ) as has_current_profile,
    registers.transition_submission_id,
    plans.submission_id,
    plans.sender,
    plans.source_row,
    plans.census_date
from plans
left join registers on plans.submission_id = registers.submission_id
left join prepared
    on
        plans.submission_id = prepared.submission_id
        and plans.person_id = prepared.person_id
