{{ gathered('int_cohort_cases__listed', 'stg_kept__cohort') }}
