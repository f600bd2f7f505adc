{{ delivered('equipment', 'orders') }}
