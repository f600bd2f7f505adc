{{ delivered('sen2_ehc', 'person') }}
