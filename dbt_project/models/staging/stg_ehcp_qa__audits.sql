{{ delivered('ehcp_qa', 'audits') }}
