{{ gathered('int_case_cells__counted', 'stg_kept__cells') }}
