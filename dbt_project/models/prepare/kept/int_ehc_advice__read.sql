{{ rows_to_read('stg_ehc_advice__advice') }}
