{{ gathered('int_case_values__listed', 'stg_kept__values') }}
