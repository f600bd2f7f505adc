{{ delivered('part_time_timetables', 'timetables') }}
