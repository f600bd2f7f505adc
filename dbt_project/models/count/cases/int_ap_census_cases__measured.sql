{{ measured_cases([measures_of_ap_census()]) }}
