{{ delivered('service_scorecard', 'measures') }}
