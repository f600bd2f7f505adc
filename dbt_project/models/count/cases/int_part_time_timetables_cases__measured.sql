{{ measured_cases([measures_of_part_time_timetables()]) }}
