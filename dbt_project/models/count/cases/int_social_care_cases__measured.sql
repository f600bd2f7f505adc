{{ measured_cases([
    measures_of_plans_in_social_care(),
    measures_of_short_breaks(),
    measures_of_social_care(),
]) }}
