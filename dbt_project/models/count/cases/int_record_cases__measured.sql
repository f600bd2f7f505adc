{{ measured_cases([measures_of_record()]) }}
