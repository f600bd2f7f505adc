{{ delivered('cyp_mh', 'referrals') }}
