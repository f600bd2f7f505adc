{{ delivered('nd_pathway', 'referrals') }}
