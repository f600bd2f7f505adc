with

figures as (
    select * from {{ ref('indicator_values') }}
),

inputs as (
    select * from {{ ref('figure_inputs') }}
),

previous as (
    select * from {{ ref('stg_run__previous_figures') }}
),

settings as (
    select * from {{ ref('stg_run__settings') }}
),

submissions as (
    select * from {{ ref('stg_run__submissions') }}
),

current_inputs as (
    select
        {{ figure_key() | join(',\n        ') }},
        string_agg(submission_id, ' ' order by submission_id) as submissions
    from inputs
    group by all
),

changed as (
    select
        {{ prefixed(figure_key(), 'figures') }},
        if(figures.basis = 'published', 'chs_waits', figures.source_feed) as fed_by,
        previous.release_id as old_release,
        settings.release_id as new_release,
        previous.value as old_value,
        figures.value as new_value,
        previous.value_status as old_status,
        figures.value_status as new_status,
        coalesce(previous.submissions, '') as old_submissions,
        coalesce(current_inputs.submissions, '') as new_submissions
    from figures
    inner join previous using ({{ figure_key() | join(', ') }})
    cross join settings
    left join current_inputs using ({{ figure_key() | join(', ') }})
    where
        previous.value is distinct from figures.value
        or previous.value_status != figures.value_status
),

old_ids as (
    select distinct unnest(string_split(submissions, ' ')) as submission_id
    from previous
),

new_ids as (
    select distinct submission_id from inputs
),

-- Submissions that came or went between the two releases, whatever figure they served.
moved as (
    select
        submissions.feed,
        submissions.period_start,
        submissions.verdict = 'superseded' or old_ids.submission_id is null as is_delivery
    from submissions
    left join old_ids on submissions.submission_id = old_ids.submission_id
    left join new_ids on submissions.submission_id = new_ids.submission_id
    where (old_ids.submission_id is null) != (new_ids.submission_id is null)
),

feeds_moved as (
    select distinct feed
    from moved
),

-- A delivery of the figure's own month that came late, or in place of another.
months_moved as (
    select distinct
        feed,
        period_start
    from moved
    where is_delivery
),

explained as (
    select
        changed.*,
        case
            when changed.old_submissions = changed.new_submissions and feeds_moved.feed is null
                then 'definition'
            when changed.basis = 'published' then 'new_edition'
            when months_moved.feed is not null then 'corrected_delivery'
            else 'later_snapshot'
        end as reason
    from changed
    left join feeds_moved on changed.fed_by = feeds_moved.feed
    left join months_moved
        on
            changed.fed_by = months_moved.feed
            and changed.period_start = months_moved.period_start
),

restatements as (
    select
        {{ figure_key() | join(',\n        ') }},
        old_release,
        new_release,
        old_value,
        new_value,
        old_status,
        new_status,
        reason,
        old_submissions,
        new_submissions
    from explained
)

select * from restatements
