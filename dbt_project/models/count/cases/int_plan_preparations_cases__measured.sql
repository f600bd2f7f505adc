{{ measured_cases([measures_of_plan_preparations()]) }}
