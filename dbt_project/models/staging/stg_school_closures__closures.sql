{{ delivered('school_closures', 'closures') }}
