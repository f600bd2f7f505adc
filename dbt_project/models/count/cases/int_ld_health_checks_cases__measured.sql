{{ measured_cases([measures_of_ld_health_checks()]) }}
