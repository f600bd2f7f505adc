{{ delivered('attendance', 'enrolments') }}
