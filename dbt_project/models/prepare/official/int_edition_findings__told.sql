with

compared as (
    select * from {{ ref('int_editions__compared') }}
),

-- Every pair of editions of a table whose cells differ.
differing as (
    select
        dataset,
        source_table,
        submission_id,
        edition,
        older_submission_id,
        older_edition,
        sum(cell_count) as cells,
        sum(other_count) as others,
        any_value(is_order_unknown) as is_order_unknown,
        bool_or(is_extract) as is_extract,
        min(period_start) as period_start,
        max(period_end) as period_end,
        known_on
    from compared
    group by all
    having others > 0
),

editions as (
    select
        dataset,
        source_table as measure,
        'OFF-EDITION' as rule_id,
        submission_id,
        older_submission_id,
        others || ' of ' || cells || ' cells differ' as observed,
        'one figure for one thing' as expected,
        format(
            '{}: {} of {} cells that {} and {} both hold differ, for {} to {}. ',
            source_table,
            others,
            cells,
            edition,
            older_edition,
            strftime(period_start, '%-d %B %Y'),
            strftime(period_end, '%-d %B %Y')
        )
        || case
            when is_order_unknown
                then 'Nobody knows which is the later: a figure on which they differ is withheld.'
            when is_extract
                then 'The later one holds less of the table: the other counts for these periods.'
            else 'The later one counts.'
        end as message,
        'Compare both files with the publisher''s page. A manifest beside a file states its day of '
        || 'publication.' as action,
        period_start,
        period_end,
        known_on
    from differing
),

-- Most figures of a column restated in one direction: an error mended, or something else counted.
restated as (
    select
        dataset,
        measure,
        if(is_redefined, 'OFF-REDEFINED', 'OFF-REVISED') as rule_id,
        submission_id,
        older_submission_id,
        greatest(risen_count, fallen_count) || ' of ' || figure_count || ' '
        || if(risen_count > fallen_count, 'higher', 'lower') as observed,
        'a column that counts what it counted before' as expected,
        format(
            '{}, column {}: {} of {} figures of {} are {} than those of {}, '
            || 'in the middle {:.2f} times. ',
            source_table,
            measure,
            greatest(risen_count, fallen_count),
            figure_count,
            edition,
            if(risen_count > fallen_count, 'higher', 'lower'),
            older_edition,
            exp(median_log_ratio)
        )
        || if(
            is_redefined,
            'It counts something else under the old name: no figure is made of it.',
            'The later one counts.'
        ) as message,
        'Read the publisher''s notes. Where the definition has changed, give the column a name of '
        || 'its own in the contract, and its series a row in publication_series.' as action,
        period_start,
        period_end,
        known_on
    from compared
    where is_moved and not is_order_unknown
),

found as (
    select * from editions
    union all by name
    select * from restated
),

told as (
    select
        substr(
            md5(
                concat_ws(
                    '|', rule_id, dataset, measure, submission_id, older_submission_id, message
                )
            ),
            1,
            16
        ) as finding_id,
        dataset,
        'published' as basis,
        measure,
        'none' as scope,
        rule_id,
        'note' as severity,
        observed,
        expected,
        message,
        action,
        period_start,
        period_end,
        known_on
    from found
)

select * from told
