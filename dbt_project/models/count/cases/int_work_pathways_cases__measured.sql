{{ measured_cases([measures_of_work_pathways()]) }}
