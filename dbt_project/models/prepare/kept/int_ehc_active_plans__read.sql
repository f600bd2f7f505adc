{{ rows_to_read('stg_sen2_ehc__activeplans') }}
