{{ delivered('ap_census', 'placements') }}
