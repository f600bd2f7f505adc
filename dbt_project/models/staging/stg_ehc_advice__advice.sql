{{ delivered('ehc_advice', 'advice') }}
