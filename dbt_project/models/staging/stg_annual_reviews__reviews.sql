{{ delivered('annual_reviews', 'reviews') }}
