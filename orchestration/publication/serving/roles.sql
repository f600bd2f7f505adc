-- Run once by an administrator, in the database from which the warehouse's releases are served:
--   psql --dbname lasp_serving --file roles.sql
-- The database is for this purpose alone: what everybody may do in a new one is taken away here.
-- Running it again changes nothing.
do $$
declare
    reader text;
begin
    foreach reader in array array['lasp_internal_reader', 'lasp_public_reader'] loop
        if not exists (select from pg_roles where rolname = reader) then
            execute format('create role %I nologin', reader);
        end if;
        execute format('grant connect on database %I to %I', current_database(), reader);
    end loop;
    execute format('revoke all on database %I from public', current_database());
end $$;
-- Who may see everything may see what everybody may.
grant lasp_public_reader to lasp_internal_reader;
revoke all on schema public from public;
-- A large object can be made without any right to a schema.
revoke execute on function lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) from public;
