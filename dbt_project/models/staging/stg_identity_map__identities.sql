{{ delivered('identity_map', 'identities') }}
