-- Made by `lasp contracts` from the files in macros/measures/.
{{ declared_measures([
    measures_of_advice(),
    measures_of_dynamic_support(),
    measures_of_equipment(),
    measures_of_health_contacts(),
    measures_of_health_visiting(),
    measures_of_ld_health_checks(),
    measures_of_newborn_screening(),
    measures_of_part_time_timetables(),
    measures_of_plans(),
    measures_of_plans_in_social_care(),
    measures_of_referrals(),
    measures_of_requests(),
    measures_of_reviews(),
    measures_of_short_breaks(),
    measures_of_social_care(),
    measures_of_young_people(),
]) }}
