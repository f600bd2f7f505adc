"""When the month is released: provisionally on working day 7, finally on working day 12."""

import dagster as dg

from orchestration.jobs import monthly_release
from orchestration.months import month_before, parameter, working_day_number


@dg.schedule(
    job=monthly_release,
    cron_schedule="0 7 * * 1-5",
    execution_timezone="Europe/London",
    description="Working days 7 to 12: last month again, as late files arrive; 12 is final.",
)
def working_days(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Ask for last month's release on each working day from the provisional to the final one."""
    day = context.scheduled_execution_time.date()
    number = working_day_number(day)
    first, last = parameter("provisional_working_day"), parameter("final_working_day")
    if number is None or not first <= number <= last:
        return dg.SkipReason(
            f"{day.isoformat()} is working day {number or '(none)'} of its month; "
            f"releases are made on {first} to {last}."
        )
    month = month_before(day)
    return dg.RunRequest(run_key=f"{month}-{day.isoformat()}", partition_key=month)
