{{ delivered('school_census', 'pupils') }}
