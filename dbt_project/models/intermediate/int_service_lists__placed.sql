with

expected as (
    select * from {{ ref('int_service_lists__expected') }}
),

senders as (
    select * from {{ ref('int_senders__placed') }}
),

withholding as (
    select * from {{ ref('int_findings__withholding') }}
),

-- A list counts in two areas: its sender's own and the one whose children it serves.
placed as (
    select
        senders.area_code,
        senders.area_name,
        expected.*
    from expected
    inner join senders on expected.sender = senders.sender
    union all
    select
        expected.sender as area_code,
        senders.sender_name as area_name,
        expected.*
    from expected
    inner join senders on expected.sender = senders.sender
    where expected.has_history
),

judged as (
    select
        placed.*,
        withholding.list_rule,
        withholding.bands_rule
    from placed
    left join withholding
        on
            withholding.basis = 'local'
            and placed.sender = withholding.area_code
            and placed.service = withholding.service_line
            and placed.period_start = withholding.period_start
)

select * from judged
