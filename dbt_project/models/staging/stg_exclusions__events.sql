{{ delivered('exclusions', 'events') }}
