with

cells as (
    {{ delivered('official', 'published_cells', known_as='edition') }}
),

-- A dash that means zero by the publisher's key is a number; an empty cell has a symbol of its own.
described as (
    select
        * replace (
            case
                when value is not null then null
                when symbol is not null then symbol
                when coalesce(trim(value_text), '') = '' then 'blank'
            end as symbol
        )
    from cells
)

select * from described
