{{ delivered('social_care', 'spells') }}
