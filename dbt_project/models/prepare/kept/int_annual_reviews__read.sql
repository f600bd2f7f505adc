{{ rows_to_read('stg_annual_reviews__reviews') }}
