{{ measured_cases([
    measures_of_health_contacts(),
    measures_of_health_visiting(),
]) }}
