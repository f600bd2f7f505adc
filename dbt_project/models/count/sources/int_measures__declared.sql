-- Made by `lasp contracts` from the files in macros/measures/.
{{ declared_measures([
    measures_of_advice(),
    measures_of_ap_census(),
    measures_of_attainment(),
    measures_of_attendance(),
    measures_of_cme_ehe(),
    measures_of_exclusions(),
    measures_of_part_time_timetables(),
    measures_of_plan_preparations(),
    measures_of_plans(),
    measures_of_referrals(),
    measures_of_requests(),
    measures_of_reviews(),
    measures_of_school_census(),
    measures_of_transition(),
    measures_of_work_pathways(),
    measures_of_young_people(),
]) }}
