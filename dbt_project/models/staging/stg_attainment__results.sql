{{ delivered('attainment', 'results') }}
