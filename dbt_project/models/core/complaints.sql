-- One row per complaint or other contact and stage of one snapshot, with the day by which an answer
-- is owed. Nothing recorded is no excuse: a complaint that was never acknowledged owes its answer
-- from the day of its receipt.
with

delivered as (
    select
        *,
        coalesce(contact_type, 'complaint') as kind
    from {{ rows_to_read('stg_complaints__complaints') }}
),

days as (
    select * from {{ ref('int_days__described') }}
),

working_days as (
    select
        date,
        working_day_number
    from days
    where is_working_day
),

counting as (
    select
        *,
        if(kind = 'complaint', coalesce(acknowledged_date, received_date), received_date)
            as counted_from_date,
        if(
            kind = 'complaint',
            {{ parameter('complaint_answer_days') }},
            {{ parameter('enquiry_answer_days') }}
        ) as answer_days
    from delivered
)

select
    counting.complaint_id,
    counting.kind,
    counting.body,
    counting.service,
    counting.stage,
    counting.theme,
    counting.outcome,
    counting.service in ('SEND', 'SENDSTART', 'EP') as is_about_send,
    row_number() over (
        partition by counting.submission_id, counting.complaint_id, counting.body
        order by counting.stage
    ) = 1 as is_first_stage,
    counting.received_date,
    if(counting.kind in ('complaint', 'enquiry'), working_days.date, null) as answer_due_date,
    counting.response_date,
    counting.submission_id,
    counting.sender,
    counting.source_row,
    counting.census_date
from counting
inner join days on counting.counted_from_date = days.date
left join working_days
    on days.working_day_number + counting.answer_days = working_days.working_day_number
