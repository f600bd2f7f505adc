{% macro measures_of_fft() -%}
    {%- set text -%}
# 'Don't know' is an answer.
reads: stg_fft__responses
feeds: [fft]
table: responses

measures:
  fft_responses:
    dated: census_date
    adds: {numerator: response_count}

  fft_positive:
    dated: census_date
    counts: response in ('1', '2')
    adds: {numerator: response_count}

  fft_negative:
    dated: census_date
    counts: response in ('4', '5')
    adds: {numerator: response_count}
    {%- endset -%}
    {{ return(fromyaml(text)) }}
{%- endmacro %}
