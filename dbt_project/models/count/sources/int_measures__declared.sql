-- Made by `lasp contracts` from the files in macros/measures/.
{{ declared_measures([
    measures_of_advice(),
    measures_of_part_time_timetables(),
    measures_of_plans(),
    measures_of_record(),
    measures_of_referrals(),
    measures_of_requests(),
    measures_of_reviews(),
    measures_of_service_scorecard(),
    measures_of_young_people(),
]) }}
