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

-- A figure of the release before that this release lacks has a row too.
changed as (
    select
        {{ prefixed(figure_key(), 'previous') }},
        coalesce(figures.source_feed, previous.source_feed) as fed_by,
        previous.release_id as old_release,
        settings.release_id as new_release,
        -- Shown here, the figure before would reveal what this release withholds.
        case
            when
                split_part(figures.status_reason, ':', 1)
                in ('withheld', 'publisher', 'disclosure')
                then null
            else previous.value
        end as old_value,
        figures.value as new_value,
        previous.value_status as old_status,
        coalesce(figures.value_status, 'not_available') as new_status,
        coalesce(previous.submissions, '') as old_submissions,
        coalesce(current_inputs.submissions, '') as new_submissions
    from previous
    left join figures using ({{ figure_key() | join(', ') }})
    cross join settings
    left join current_inputs using ({{ figure_key() | join(', ') }})
    where
        previous.value is distinct from figures.value
        or previous.value_status != coalesce(figures.value_status, 'not_available')
),

old_ids as (
    select distinct unnest(string_split(submissions, ' ')) as submission_id
    from previous
),

new_ids as (
    select distinct submission_id from inputs
),

-- Submissions that came or went between the two releases, whatever figure they served.
feeds_moved as (
    select distinct submissions.feed
    from submissions
    left join old_ids on submissions.submission_id = old_ids.submission_id
    left join new_ids on submissions.submission_id = new_ids.submission_id
    where (old_ids.submission_id is null) != (new_ids.submission_id is null)
),

-- Did the figure's own submissions change for one of its own period: late, or in place of another?
own_moves as (
    select distinct
        {{ prefixed(figure_key(), 'changed') }}
    from changed
    inner join submissions
        on
            submissions.period_start between changed.period_start and changed.period_end
            and contains(changed.new_submissions, submissions.submission_id)
            != contains(changed.old_submissions, submissions.submission_id)
    where
        submissions.verdict = 'superseded'
        or contains(changed.new_submissions, submissions.submission_id)
),

explained as (
    select
        changed.*,
        case
            when changed.old_submissions = changed.new_submissions and feeds_moved.feed is null
                then 'definition'
            when changed.basis = 'published' then 'new_edition'
            when own_moves.indicator_id is not null then 'corrected_delivery'
            else 'later_snapshot'
        end as reason
    from changed
    left join feeds_moved on changed.fed_by = feeds_moved.feed
    left join own_moves using ({{ figure_key() | join(', ') }})
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
