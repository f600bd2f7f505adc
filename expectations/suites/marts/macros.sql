-- Words that several rules of the mart gate share. A macro's null is a rule's null: the row is wrong.

-- Two figures no further apart than this are the same. A double keeps 15 to 16 digits, and
-- percentages and the small counts of this report are below 1,000,000.
create or replace macro last_digits() as 1e-9;

create or replace macro is_share(indicator_id) as ends_with(indicator_id, '_pct');

create or replace macro is_count(indicator_id) as ends_with(indicator_id, '_n');

create or replace macro is_whole(n) as n >= 0 and n % 1 = 0;

create or replace macro is_blank(words) as not regexp_matches(coalesce(words, ''), '\S');

-- What a numerator and a denominator make: a share in percent, a count its numerator.
create or replace macro made_of(indicator_id, numerator, denominator) as
    if(is_count(indicator_id), numerator::double, 100 * numerator::double / nullif(denominator, 0));

create or replace macro are_months(first_day, last_day_of_all, month_count) as
    day(first_day) = 1 and last_day_of_all = last_day(first_day + to_months(month_count - 1));

-- A value has no reason. A row without a value has a status and reason of status_reasons; a reason
-- with a detail is written reason:detail.
create or replace macro has_known_reason(a_status, a_reason) as
    if(
        a_status = 'value',
        a_reason is null,
        exists (
            select 1
            from status_reasons as known
            where
                list_contains(string_split(known.value_status, '; '), a_status)
                and if(
                    known.detail is null,
                    a_reason = known.reason,
                    starts_with(a_reason, known.reason || ':')
                    and regexp_full_match(substr(a_reason, length(known.reason) + 2), '\S.*')
                )
        )
    );

-- Each of the submissions that a text names, with a space between them, is in the release.
create or replace macro are_submissions(ids) as
    list_has_all(
        coalesce((select list(known.submission_id) from submissions as known), []),
        string_split(ids, ' ')
    );

create or replace macro setting(wanted) as
    (select try_cast(allowed.value as double) from parameters as allowed where allowed.name = wanted);

-- By how much a figure is worse than expected; null where neither more nor less is asked.
create or replace macro shortfall(actual, operator, expected, direction) as
    case
        when operator in ('>', 'higher') or operator = '=' and direction = 'higher'
            then expected - actual
        when operator in ('<', 'lower') or operator = '=' and direction = 'lower'
            then actual - expected
    end;

-- '=' is met by the number itself, every other operator only beyond it.
create or replace macro meets(missing, operator) as
    coalesce(if(operator = '=', missing <= last_digits(), missing < -last_digits()), false);

create or replace macro is_within(n, least_n, most_n) as
    n >= least_n - last_digits() and n <= most_n + last_digits();

-- The largest part at least, all parts together at most; unknown parts say nothing.
create or replace macro is_outside(n, parts) as
    n is not null
    and list_count(parts) = len(parts)
    and n not between list_max(parts) and list_sum(parts);

-- All limits or none. With limits there is a signal or common cause; without them a reason, and
-- nothing is judged.
create or replace macro limits_hold(limits, in_order, reason, variation, signal, assurance) as
    case list_count(limits)
        when len(limits) then
            in_order
            and coalesce(reason, 'autocorrelated_caution') = 'autocorrelated_caution'
            and variation != 'none'
            and (signal != 'none') != (variation = 'common_cause')
        when 0 then
            coalesce(reason, 'autocorrelated_caution') != 'autocorrelated_caution'
            and variation = 'none'
            and signal = 'none'
            and assurance = 'none'
        else false
    end;
