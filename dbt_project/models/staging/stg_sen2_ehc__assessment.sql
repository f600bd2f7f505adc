{{ delivered('sen2_ehc', 'assessment') }}
