with

sources as (
    select distinct
        indicator_id,
        measure,
        submission_id,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'sen2_ehc'
),

assessments as (
    select * from {{ ref('ehc_needs_assessments') }}
),

recorded_plans as (
    select * from {{ ref('ehc_plans') }}
),

requests as (
    select
        assessments.*,
        'requests' as source_table,
        sources.indicator_id,
        sources.measure,
        sources.period_start,
        sources.period_end
    from sources
    inner join assessments on sources.submission_id = assessments.submission_id
),

plans as (
    select
        recorded_plans.*,
        if(recorded_plans.is_from_elsewhere, 'activeplans', 'namedplan') as source_table,
        sources.indicator_id,
        sources.measure,
        sources.period_start,
        sources.period_end
    from sources
    inner join recorded_plans on sources.submission_id = recorded_plans.submission_id
),

-- Need and setting are known of plans, not of requests. Another council was asked for a plan that
-- was transferred in, and decided on it.
received as (
    select
        * exclude (primary_need, setting_type),
        request_age as age,
        case
            when is_historical then 'historical'
            when is_exported then 'exported'
            when is_transferred_in then 'transferred_in'
            when measure = 'cycles_evidenced' and coalesce(request_source != '2', true)
                then 'not_from_a_school'
        end as exclusion,
        case measure
            when 'requests' then true
            when 'refused' then request_outcome = 'N'
            when 'cycles_evidenced'
                then evidenced_cycle_count >= {{ parameter('evidenced_cycles') }}
        end as counts,
        measure != 'requests' as is_share
    from requests
    where
        measure in ('requests', 'refused', 'cycles_evidenced')
        and request_date between period_start and period_end
),

decided as (
    select
        * exclude (primary_need, setting_type),
        decision_age as age,
        case
            when is_historical then 'historical'
            when is_transferred_in then 'transferred_in'
            when request_outcome = 'W' then 'withdrawn'
            when request_outcome not in ('Y', 'N') or request_outcome is null then 'not_decided'
            when request_date is null then 'date_missing'
            when request_date > decision_date then 'dates_out_of_order'
            when decision_due_date is null then 'no_limit_in_force'
        end as exclusion,
        is_decided_within_6_weeks as counts,
        true as is_share
    from requests
    where
        measure = 'decided_within_6_weeks'
        and decision_date between period_start and period_end
),

refused_a_plan as (
    select
        * exclude (primary_need, setting_type),
        assessment_decision_age as age,
        case
            when is_historical then 'historical'
            when is_transferred_in then 'transferred_in'
            when request_date is null then 'date_missing'
            when request_date > assessment_decision_date then 'dates_out_of_order'
            when no_plan_due_date is null then 'no_limit_in_force'
        end as exclusion,
        is_refused_within_16_weeks as counts,
        true as is_share
    from requests
    where
        measure = 'refused_within_16_weeks'
        and assessment_outcome = 'N'
        and assessment_decision_date between period_start and period_end
),

-- A case under an exception leaves the headline even when it was on time, and counts by its days
-- in every other measure of plans issued.
issued as (
    select
        *,
        final_plan_age as age,
        if(measure = 'within_20_weeks', exclusion_reason, nullif(exclusion_reason, 'exception'))
            as exclusion,
        case measure
            when 'over_52_weeks' then elapsed_days >= {{ parameter('over_52w_days') }}
            when 'mean_weeks' then true
            else is_within_20_weeks
        end as counts,
        true as is_share,
        if(measure = 'mean_weeks', cast(elapsed_days as double), null) as quantity,
        case
            when measure = 'within_20_weeks' then null
            when has_exception then exception_ground
            else 'none'
        end as ground
    from requests
    where
        measure in ('within_20_weeks', 'within_20_weeks_of_all', 'over_52_weeks', 'mean_weeks')
        and final_plan_date between period_start and period_end
),

under_way as (
    select
        * exclude (primary_need, setting_type),
        date_sub('year', birth_month, census_date) as age,
        if(final_plan_due_date < census_date, null, 'not_overdue') as exclusion,
        true as counts,
        false as is_share
    from requests
    where measure = 'open_overdue' and is_open
),

recorded as (
    select
        *,
        date_sub('year', birth_month, census_date) as age,
        case
            when exclusion_reason is not null then exclusion_reason
            when measure = 'no_placement'
                then if(placement_type not in ('NIEC', 'NIEO', 'NEET', 'OLA'), 'placed', null)
            when measure = 'awaiting_placement'
                then if(setting_type is null, null, 'setting_named')
            when measure = 'reviewed_in_12_months' and known_since_date is null
                then 'start_date_missing'
            when
                measure = 'reviewed_in_12_months'
                and known_since_date + to_months({{ parameter('recent_review_months') }})
                > census_date
                then if(start_date is null, 'start_date_missing', 'younger_than_12_months')
        end as exclusion,
        case measure
            when 'neet_setting' then setting_type = 'NEET'
            when 'reviewed_in_12_months'
                then
                    last_review_decision_date + to_months({{ parameter('recent_review_months') }})
                    > census_date
            else true
        end as counts,
        measure in ('need_mix', 'neet_setting', 'reviewed_in_12_months') as is_share,
        if(measure = 'reviewed_in_12_months', reviews_submission_id, null) as other_submission_id
    from plans
    where
        measure in (
            'open_plans',
            'need_mix',
            'neet_setting',
            'no_placement',
            'awaiting_placement',
            'reviewed_in_12_months'
        )
),

-- A move counts in the month of its limit. Where nobody can tell which move it is, it has none: it
-- is named and left out in the month of the day that the council has set.
transferred as (
    select
        *,
        date_sub('year', birth_month, last_day(phase_transfer_last_date)) as age,
        case
            when exclusion_reason is not null then exclusion_reason
            when phase_transfer_kind is null then 'move_unknown'
            when phase_transfer_last_date is null then 'no_limit_in_force'
            when start_date > phase_transfer_last_date then 'issued_after_limit'
        end as exclusion,
        is_phase_transfer_on_time as counts,
        true as is_share
    from plans
    where
        measure = 'phase_transfer_on_time'
        and coalesce(phase_transfer_last_date, phase_transfer_due_date)
        between period_start and period_end
),

cases as (
    select * from received
    union all by name
    select * from decided
    union all by name
    select * from refused_a_plan
    union all by name
    select * from issued
    union all by name
    select * from under_way
    union all by name
    select * from recorded
    union all by name
    select * from transferred
),

measured as (
    select
        indicator_id,
        sender,
        submission_id,
        other_submission_id,
        source_table,
        source_row,
        period_start,
        period_end,
        exclusion,
        exclusion is null and coalesce(counts, false) as in_numerator,
        exclusion is null and is_share as in_denominator,
        quantity,
        sex,
        age,
        ethnicity_group,
        primary_need,
        setting_type,
        ground
    from cases
)

select * from measured
