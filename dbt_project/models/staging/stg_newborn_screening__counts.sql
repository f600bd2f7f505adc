{{ delivered('newborn_screening', 'counts') }}
