with

sources as (
    select distinct
        indicator_id,
        measure,
        submission_id,
        period_start,
        period_end
    from {{ ref('int_case_sources__placed') }}
    where feed = 'ccis'
),

post16_status as (
    select * from {{ ref('post16_status') }}
),

young_people as (
    select
        post16_status.*,
        sources.indicator_id,
        sources.measure,
        sources.period_start,
        sources.period_end,
        if(post16_status.has_ehcp, null, 'no_plan') as plan_exclusion
    from sources
    inner join post16_status on sources.submission_id = post16_status.submission_id
),

positions as (
    select
        *,
        case
            when measure in ('neet_or_not_known', 'neet', 'not_known') then exclusion_reason
            when measure = 'neet_or_not_known_send' then coalesce(exclusion_reason, plan_exclusion)
            when measure = 'neet_or_not_known_18_25_ehcp' then plan_18_25_exclusion
        end as exclusion,
        case measure
            when 'neet' then position = 'neet'
            when 'not_known' then position = 'not_known'
            else position in ('neet', 'not_known')
        end as counts
    from young_people
    where
        measure in (
            'neet_or_not_known',
            'neet',
            'not_known',
            'neet_or_not_known_send',
            'neet_or_not_known_18_25_ehcp'
        )
),

participating as (
    select
        *,
        case measure
            when 'participating' then exclusion_reason
            else coalesce(exclusion_reason, plan_exclusion)
        end as exclusion,
        is_participating as counts
    from young_people
    where measure in ('participating', 'participating_send')
),

-- Of those whose activity is known; explain tells how many it is not known of.
in_work_or_learning as (
    select
        *,
        coalesce(plan_16_24_exclusion, if(position = 'not_known', 'not_known', null))
            as exclusion,
        position = 'eet' as counts
    from young_people
    where measure = 'eet_16_24_ehcp'
),

-- Nothing recorded is no offer: the guarantee is one for everybody who leaves. That somebody is
-- covered by it (the guarantee indicator) is no offer either.
offered as (
    select
        *,
        case measure
            when 'september_offers' then leaver_exclusion
            else coalesce(leaver_exclusion, plan_exclusion)
        end as exclusion,
        has_offer as counts
    from young_people
    where measure in ('september_offers', 'september_offers_send')
),

-- Who left Year 11 or 12 in summer and has a plan, at the end of October.
known_destinations as (
    select
        *,
        coalesce(exclusion_reason, plan_exclusion) as exclusion,
        coalesce(position, '') != 'not_known' as counts
    from young_people
    where measure = 'destination_known'
),

intended_destinations as (
    select
        *,
        year_11_plan_exclusion as exclusion,
        has_intended_destination as counts
    from young_people
    where measure = 'intended_destination'
),

united as (
    select * from positions
    union all by name
    select * from participating
    union all by name
    select * from in_work_or_learning
    union all by name
    select * from offered
    union all by name
    select * from known_destinations
    union all by name
    select * from intended_destinations
),

-- The cohort of 16 and 17 lies within one age band, and breaks down by none.
measured as (
    select
        indicator_id,
        sender,
        submission_id,
        'young_people' as source_table,
        source_row,
        period_start,
        period_end,
        exclusion,
        exclusion is null and coalesce(counts, false) as in_numerator,
        exclusion is null as in_denominator,
        case
            when measure in ('neet_or_not_known_18_25_ehcp', 'eet_16_24_ehcp') then age_at_census
        end as age
    from united
)

select * from measured
