{{ delivered('sen2_ehc', 'placementdetail') }}
