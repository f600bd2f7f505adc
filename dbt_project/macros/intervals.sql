{#- One end of Wilson's 95% interval of a share, 0 to 100: the lower one with -, the upper with +.
    Nobody and everybody lie on 0 and 100, whatever the last digit of a root; a share of nobody has
    no interval. -#}
{% macro wilson_bound(numerator, denominator, sign) -%}
    case
        when {{ denominator }} > 0 and {{ numerator }} is not null
            then
                greatest(
                    0,
                    least(
                        100,
                        100 * (
                            2 * {{ numerator }} + {{ factor('wilson_z') }} ** 2
                            {{ sign }} {{ factor('wilson_z') }} * sqrt(
                                {{ factor('wilson_z') }} ** 2
                                + 4 * {{ numerator }} * (1 - {{ numerator }} / {{ denominator }})
                            )
                        )
                        / (2 * ({{ denominator }} + {{ factor('wilson_z') }} ** 2))
                    )
                )
    end
{%- endmacro %}
