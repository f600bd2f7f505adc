{{ delivered('sen2_ehc', 'senneed') }}
