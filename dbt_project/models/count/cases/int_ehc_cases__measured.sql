{{ measured_cases([measures_of_requests(), measures_of_plans()]) }}
