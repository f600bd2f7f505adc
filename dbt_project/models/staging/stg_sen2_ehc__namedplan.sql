{{ delivered('sen2_ehc', 'namedplan') }}
