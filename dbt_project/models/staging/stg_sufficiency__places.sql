{{ delivered('sufficiency', 'places') }}
