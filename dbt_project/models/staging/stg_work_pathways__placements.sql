{{ delivered('work_pathways', 'placements') }}
