with

referrals as (
    select * from {{ source('cyp_mh', 'referrals') }}
)

select * from referrals
