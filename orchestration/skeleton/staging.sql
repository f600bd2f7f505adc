{{ delivered('${feed}', '${table}') }}
