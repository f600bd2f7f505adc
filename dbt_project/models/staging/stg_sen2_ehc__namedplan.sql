with

namedplan as (
    select * from {{ source('sen2_ehc', 'namedplan') }}
)

select * from namedplan
