with

reviews as (
    select * from {{ source('annual_reviews', 'reviews') }}
)

select * from reviews
