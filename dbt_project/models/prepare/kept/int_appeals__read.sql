{{ rows_to_read('stg_tribunals__appeals') }}
