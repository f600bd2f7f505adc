{{ delivered('board_decisions', 'decisions') }}
