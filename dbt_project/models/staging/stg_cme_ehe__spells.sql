{{ delivered('cme_ehe', 'spells') }}
