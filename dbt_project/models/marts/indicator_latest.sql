with

status as (
    select * from {{ ref('indicator_status') }}
),

-- Of periods that end on one day the shortest is the newest figure. A cohort whose time is not over
-- is passed over while an earlier one can be told; a missing delivery is not: somebody must act.
indicator_latest as (
    select *
    from status
    qualify row_number() over (
        partition by indicator_id, basis, area_code
        order by
            coalesce(status_reason = 'not_mature', false) asc,
            period_end desc,
            period_start desc,
            period_type asc
    ) = 1
)

select * from indicator_latest
