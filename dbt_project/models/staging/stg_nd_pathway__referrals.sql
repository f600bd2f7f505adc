with

referrals as (
    select * from {{ source('nd_pathway', 'referrals') }}
)

select * from referrals
