{{ delivered('tribunals', 'appeals') }}
