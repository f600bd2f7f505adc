select * from {{ ref('int_figures__united') }}
