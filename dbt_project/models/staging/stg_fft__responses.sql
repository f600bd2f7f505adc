{{ delivered('fft', 'responses') }}
