with

active_plans as (
    select * from {{ rows_to_read('stg_sen2_ehc__activeplans') }}
),

placements as (
    select * from {{ rows_to_read('stg_sen2_ehc__placementdetail') }}
),

needs as (
    select * from {{ rows_to_read('stg_sen2_ehc__senneed') }}
),

-- Who has several main placements is at the one that began last.
main_placements as (
    select
        placements.submission_id,
        placements.activeplanstableid,
        {{ setting_type('placements') }} as setting_type
    from placements
    where
        placements.placementrank = 1
        and coalesce(placements.entrydate <= placements.census_date, true)
        and coalesce(placements.leavingdate >= placements.census_date, true)
    qualify
        row_number() over (
            partition by placements.submission_id, placements.activeplanstableid
            order by placements.entrydate desc nulls last, placements.source_row asc
        ) = 1
),

primary_needs as (
    select
        submission_id,
        activeplanstableid,
        min_by(sentype, source_row) as primary_need
    from needs
    where sentyperank = 1
    group by submission_id, activeplanstableid
),

-- A request has one record of an open plan; where an export repeats it, the first one stands.
described as (
    select
        active_plans.submission_id,
        active_plans.requeststableid,
        active_plans.activeplanstableid,
        active_plans.source_row,
        primary_needs.primary_need,
        main_placements.setting_type,
        coalesce(active_plans.transferla, false) as is_transferred_in,
        active_plans.reviewmeeting as last_review_meeting_date,
        active_plans.lastreview as last_review_decision_date,
        active_plans.reviewdraft as draft_amended_plan_date,
        active_plans.phasetransferduedate as phase_transfer_due_date,
        active_plans.phasetransferfinaldate as phase_transfer_final_date
    from active_plans
    left join main_placements
        on
            active_plans.submission_id = main_placements.submission_id
            and active_plans.activeplanstableid = main_placements.activeplanstableid
    left join primary_needs
        on
            active_plans.submission_id = primary_needs.submission_id
            and active_plans.activeplanstableid = primary_needs.activeplanstableid
    qualify
        row_number() over (
            partition by active_plans.submission_id, active_plans.requeststableid
            order by active_plans.source_row
        ) = 1
)

select * from described
