{{ delivered('sen2_ehc', 'requests') }}
