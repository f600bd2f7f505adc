with

assessment as (
    select * from {{ source('sen2_ehc', 'assessment') }}
)

select * from assessment
