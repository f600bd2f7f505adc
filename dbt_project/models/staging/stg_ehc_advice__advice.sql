with

advice as (
    select * from {{ source('ehc_advice', 'advice') }}
)

select * from advice
