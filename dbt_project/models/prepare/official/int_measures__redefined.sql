with

compared as (
    select * from {{ ref('int_editions__compared') }}
),

editions as (
    select distinct
        dataset,
        source_table,
        submission_id,
        known_on
    from {{ ref('int_official_periods__ranked') }}
),

redefined as (
    select
        dataset,
        source_table,
        measure,
        min(known_on) as redefined_on
    from compared
    where is_redefined
    group by all
),

-- From then on the column counts something else, but in editions that go with one from before.
restored as (
    select distinct
        compared.dataset,
        compared.source_table,
        compared.measure,
        compared.submission_id
    from compared
    inner join redefined
        on
            compared.dataset = redefined.dataset
            and compared.source_table = redefined.source_table
            and compared.measure = redefined.measure
            and compared.older_known_on < redefined.redefined_on
    where not compared.is_redefined and compared.figure_count > 0
),

affected as (
    select
        redefined.dataset,
        redefined.source_table,
        redefined.measure,
        editions.submission_id
    from redefined
    inner join editions
        on
            redefined.dataset = editions.dataset
            and redefined.source_table = editions.source_table
            and redefined.redefined_on <= editions.known_on
    anti join restored
        on
            redefined.dataset = restored.dataset
            and redefined.source_table = restored.source_table
            and redefined.measure = restored.measure
            and editions.submission_id = restored.submission_id
)

select * from affected
