{{ config(alias='parameters') }}

with

parameters as (
    select * from {{ ref('parameters') }}
)

select * from parameters
