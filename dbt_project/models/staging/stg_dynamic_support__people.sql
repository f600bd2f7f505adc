{{ delivered('dynamic_support', 'people') }}
