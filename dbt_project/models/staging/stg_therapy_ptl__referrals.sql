with

referrals as (
    select * from {{ source('therapy_ptl', 'referrals') }}
)

select * from referrals
