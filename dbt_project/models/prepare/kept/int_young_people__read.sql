{{ rows_to_read('stg_ccis__young_people') }}
