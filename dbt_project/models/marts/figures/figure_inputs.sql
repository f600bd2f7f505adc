select * from {{ ref('int_figure_inputs__listed') }}
