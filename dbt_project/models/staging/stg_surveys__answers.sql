{{ delivered('surveys', 'answers') }}
