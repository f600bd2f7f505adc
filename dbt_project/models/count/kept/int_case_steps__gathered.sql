{{ gathered('int_case_steps__counted', 'stg_kept__steps') }}
