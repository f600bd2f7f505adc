{{ delivered('ld_health_checks', 'practices') }}
