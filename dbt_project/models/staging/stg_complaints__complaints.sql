{{ delivered('complaints', 'complaints') }}
