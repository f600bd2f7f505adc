{{ delivered('commentary', 'notes') }}
