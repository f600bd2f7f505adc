{{ measured_cases([measures_of_cme_ehe()]) }}
