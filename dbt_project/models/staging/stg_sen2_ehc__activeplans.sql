{{ delivered('sen2_ehc', 'activeplans') }}
