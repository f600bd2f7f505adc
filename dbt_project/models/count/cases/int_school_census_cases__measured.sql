{{ measured_cases([measures_of_school_census()]) }}
