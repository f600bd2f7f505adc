with

identities as (
    select * from {{ ref('stg_identity_map__identities') }}
),

people as (
    select * from {{ ref('int_people__delivered') }}
),

-- An invalid identifier did not pass the door: numbers are null, or valid. Both numbers of one
-- young person meet only in the rows of the council that carry both.
pairs as (
    select distinct
        upn_id,
        uln_id
    from people
    where upn_id is not null and uln_id is not null
),

upns_of_ulns as (
    select
        uln_id,
        min(upn_id) as upn_id
    from pairs
    group by uln_id
    having count(*) = 1
),

ulns_of_upns as (
    select
        upn_id,
        min(uln_id) as uln_id
    from pairs
    group by upn_id
    having count(*) = 1
),

numbered as (
    select
        people.feed,
        people.submission_id,
        people.source_row,
        people.nhs_id,
        coalesce(people.upn_id, upns_of_ulns.upn_id) as upn_id,
        coalesce(people.uln_id, ulns_of_upns.uln_id) as uln_id,
        people.census_date
    from people
    left join upns_of_ulns on people.uln_id = upns_of_ulns.uln_id
    left join ulns_of_upns on people.upn_id = ulns_of_upns.upn_id
),

newest_maps as (
    select max_by(submission_id, census_date) as submission_id
    from identities
    group by sender
),

mapped_numbers as (
    select
        identities.nhs_id,
        unnest([identities.upn_id, identities.uln_id]) as council_id,
        identities.valid_from,
        identities.valid_to
    from identities
    inner join newest_maps on identities.submission_id = newest_maps.submission_id
),

council_numbers as (
    select
        submission_id,
        source_row,
        unnest([upn_id, uln_id]) as council_id,
        census_date
    from numbered
),

-- A row whose numbers lead to two people is left apart from both.
mapped as (
    select
        council_numbers.submission_id,
        council_numbers.source_row,
        min(mapped_numbers.nhs_id) as nhs_id
    from council_numbers
    inner join mapped_numbers
        on
            council_numbers.council_id = mapped_numbers.council_id
            and council_numbers.census_date >= mapped_numbers.valid_from
            and council_numbers.census_date
            <= coalesce(mapped_numbers.valid_to, council_numbers.census_date)
    group by council_numbers.submission_id, council_numbers.source_row
    having count(distinct mapped_numbers.nhs_id) = 1
),

resolved as (
    select
        numbered.feed,
        numbered.submission_id,
        numbered.source_row,
        coalesce(numbered.nhs_id, mapped.nhs_id, numbered.upn_id, numbered.uln_id) as person_id,
        case
            when mapped.nhs_id is not null then 'map'
            when coalesce(numbered.nhs_id, numbered.upn_id, numbered.uln_id) is not null
                then 'own'
        end as link
    from numbered
    left join mapped
        on
            numbered.submission_id = mapped.submission_id
            and numbered.source_row = mapped.source_row
)

select * from resolved
