{{ measured_cases([measures_of_fft()]) }}
