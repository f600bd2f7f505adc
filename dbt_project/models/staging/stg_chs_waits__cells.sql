{{ delivered('chs_waits', 'cells') }}
