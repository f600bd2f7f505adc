{{ measured_cases([measures_of_dynamic_support()]) }}
