{{ measured_cases([measures_of_complaints()]) }}
