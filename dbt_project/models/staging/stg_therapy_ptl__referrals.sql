{{ delivered('therapy_ptl', 'referrals') }}
