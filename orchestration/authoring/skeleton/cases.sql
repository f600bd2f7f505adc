{{ measured_cases([measures_of_${feed}()]) }}
