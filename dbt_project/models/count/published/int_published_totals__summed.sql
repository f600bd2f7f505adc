with

lists as (
    select * from {{ ref('int_published_lists__judged') }}
),

-- Withheld lines take the total with them; suppressed ones are left out of it.
summed as (
    select
        submission_id,
        area_code,
        min(area_name) as area_name,
        sum(total) filter (where list_reason is null) as total,
        sum(total) filter (where bands_reason is null) as banded_total,
        sum(within_18w_count) filter (where bands_reason is null) as within_18w_count,
        sum(band_365_plus) filter (where bands_reason is null) as band_365_plus,
        coalesce(
            min(list_reason) filter (where starts_with(list_reason, 'withheld:')),
            case when count(*) = count(list_reason) then min(list_reason) end
        ) as list_reason,
        coalesce(
            min(bands_reason) filter (where starts_with(bands_reason, 'withheld:')),
            case when count(*) = count(bands_reason) then min(bands_reason) end
        ) as bands_reason,
        period_start,
        period_end,
        known_on
    from lists
    group by all
)

select * from summed
