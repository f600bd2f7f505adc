with

identities as (
    select * from {{ source('identity_map', 'identities') }}
)

select * from identities
