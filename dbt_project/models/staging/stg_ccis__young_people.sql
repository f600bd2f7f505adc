{{ delivered('ccis', 'young_people') }}
