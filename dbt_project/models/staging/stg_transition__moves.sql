{{ delivered('transition', 'moves') }}
