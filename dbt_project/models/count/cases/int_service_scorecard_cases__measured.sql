{{ measured_cases([measures_of_service_scorecard()]) }}
