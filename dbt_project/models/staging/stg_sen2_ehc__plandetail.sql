{{ delivered('sen2_ehc', 'plandetail') }}
