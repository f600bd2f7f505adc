with recursive

used as (
    select * from {{ ref('stg_run__used') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

feeds as (
    select * from {{ ref('int_feeds__counted') }}
),

-- No other delivery leans on an appeal.
paired as (
    select
        submission_id,
        other_submission_id
    from {{ ref('int_ehc_snapshots__paired') }}
    where other_feed != 'tribunals'
),

closures as (
    select * from {{ ref('int_school_closures__windowed') }}
),

sound as (
    select * from {{ ref('int_submissions__sound') }}
),

people as (
    select * from {{ ref('int_people__resolved') }}
    where feed in ('sen2_ehc', 'social_care', 'transition')
),

-- Which rows of two deliveries are one person follows from the identity map and from all
-- deliveries. By which number the person goes changes no case.
met as (
    select
        paired.submission_id,
        paired.other_submission_id,
        bit_xor(hash(people.source_row, others.source_row)) as people
    from paired
    inner join people on paired.submission_id = people.submission_id
    inner join people as others
        on
            paired.other_submission_id = others.submission_id
            and people.person_id = others.person_id
    group by paired.submission_id, paired.other_submission_id
),

-- School days of children out of school are counted by every list of closures.
closure_lists as (
    select string_agg(used.lake_sha256, ' ' order by used.lake_sha256) as lists
    from used
    semi join sound on used.submission_id = sound.submission_id
    where used.feed = 'school_closures'
),

submissions as (
    select
        used.submission_id,
        used.feed,
        used.sender,
        used.lake_sha256,
        feeds.flow_look_back_months,
        used.period_start,
        used.period_end
    from used
    inner join feeds on used.feed = feeds.feed
),

-- A review takes its plan from the casework, the casework its reviews, the advice the ground of
-- its request, and so on. Who leans on whom is part of it: two pairings may hold the same tables.
leaning as (
    select
        submission_id,
        submission_id as leaning_id,
        submission_id as other_submission_id
    from submissions
    union
    select
        leaning.submission_id,
        paired.submission_id as leaning_id,
        paired.other_submission_id
    from leaning
    inner join paired on leaning.other_submission_id = paired.submission_id
),

tables as (
    select
        leaning.submission_id,
        bool_or(used.feed = 'ehc_advice') as has_advice,
        string_agg(
            concat_ws(
                ' ',
                leaning.leaning_id, leaning.other_submission_id, used.lake_sha256, met.people
            ),
            ', ' order by leaning.leaning_id, leaning.other_submission_id
        ) as tables
    from leaning
    inner join used on leaning.other_submission_id = used.submission_id
    left join met
        on
            leaning.leaning_id = met.submission_id
            and leaning.other_submission_id = met.other_submission_id
    group by leaning.submission_id
),

-- Only the advice holds what was asked for in a closure.
closed as (
    select
        tables.submission_id,
        string_agg(
            concat_ws(' ', closures.urn, closures.window_start, closures.window_end), ', '
            order by closures.urn, closures.window_start, closures.window_end
        ) as windows
    from tables
    inner join submissions on tables.submission_id = submissions.submission_id
    inner join closures on submissions.period_end >= closures.window_start
    where tables.has_advice
    group by tables.submission_id
),

keyed as (
    select
        submissions.*,
        sha256(
            concat_ws(
                '; ',
                settings.generation,
                submissions.flow_look_back_months,
                tables.tables,
                closed.windows,
                if(submissions.feed = 'cme_ehe', closure_lists.lists, null)
            )
        ) as parts_key
    from submissions
    cross join settings
    cross join closure_lists
    inner join tables on submissions.submission_id = tables.submission_id
    left join closed on submissions.submission_id = closed.submission_id
)

select * from keyed
