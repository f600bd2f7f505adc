{{ measured_cases([measures_of_newborn_screening()]) }}
