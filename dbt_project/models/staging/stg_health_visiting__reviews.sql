{{ delivered('health_visiting', 'reviews') }}
