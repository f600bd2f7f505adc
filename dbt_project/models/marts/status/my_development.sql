{{ config(materialized='view') }}

{{ status_of('My Development') }}
