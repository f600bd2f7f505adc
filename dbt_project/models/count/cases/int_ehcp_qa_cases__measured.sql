{{ measured_cases([measures_of_ehcp_qa()]) }}
