{{ measured_cases([measures_of_young_people()]) }}
