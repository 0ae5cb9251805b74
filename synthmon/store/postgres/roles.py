"""The SQL that makes three roles on a server: one upgrades, one writes, one reads, each with no more than it needs."""

from __future__ import annotations

import re

from synthmon.errors import ConfigurationError

_PREFIX = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")

_SQL = """\
-- Roles of synthmon. A superuser runs this in synthmon's own database, before the first upgrade or later, and again:
--   synthmon db roles | psql -d {prefix} -1 -v ON_ERROR_STOP=1
-- Then give each a password with \\password, and to
--   {prefix}_owner    the address that `synthmon db upgrade` is run with: it owns the tables
--   {prefix}_writer   the address of the centre: it reads and writes rows, and can neither alter nor drop a table
--   {prefix}_reader   the address of dashboards and of people: it reads

DO $$ BEGIN
  IF to_regrole('{prefix}_owner') IS NULL THEN CREATE ROLE {prefix}_owner LOGIN; END IF;
  IF to_regrole('{prefix}_writer') IS NULL THEN CREATE ROLE {prefix}_writer LOGIN; END IF;
  IF to_regrole('{prefix}_reader') IS NULL THEN CREATE ROLE {prefix}_reader LOGIN; END IF;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO {prefix}_owner;
GRANT USAGE ON SCHEMA public TO {prefix}_writer, {prefix}_reader;

-- What later upgrades make.
ALTER DEFAULT PRIVILEGES FOR ROLE {prefix}_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {prefix}_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE {prefix}_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO {prefix}_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE {prefix}_owner IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {prefix}_writer;
ALTER DEFAULT PRIVILEGES FOR ROLE {prefix}_owner IN SCHEMA public GRANT SELECT ON TABLES TO {prefix}_reader;

-- What is there already. The functions make and drop months of runs, with the rights of the owner.
DO $$
DECLARE thing record;
BEGIN
  FOR thing IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relkind
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO {prefix}_owner', thing.name);
  END LOOP;
  FOR thing IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'synthmon\\_%'
  LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO {prefix}_owner', thing.name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {prefix}_writer', thing.name);
  END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {prefix}_writer;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {prefix}_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {prefix}_reader;
{protect}
{accounts}
"""

PROTECT_REVISION = """\
DO $$
DECLARE grantee oid;
BEGIN
  FOR grantee IN SELECT DISTINCT entry.grantee FROM pg_class, aclexplode(relacl) AS entry
    WHERE pg_class.oid = to_regclass('alembic_version')
      AND entry.grantee <> relowner AND entry.privilege_type <> 'SELECT'
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM %s', grantee::regrole);
  END LOOP;
END $$;"""
"""Default privileges give the writer rights on every table that an upgrade makes, also on the one with the revision."""

PROTECT_ACCOUNTS = """\
DO $$
DECLARE entry record;
BEGIN
  FOR entry IN SELECT relname AS name, acl.grantee::regrole AS who, acl.privilege_type AS what
    FROM pg_class, aclexplode(relacl) AS acl
    WHERE relnamespace = current_schema()::regnamespace AND acl.grantee <> relowner AND acl.grantee <> 0
      AND relname IN ('users', 'sessions', 'api_tokens', 'audit')
  LOOP
    IF entry.name = 'audit' AND entry.what IN ('UPDATE', 'TRUNCATE') THEN
      EXECUTE format('REVOKE UPDATE, TRUNCATE ON audit FROM %s', entry.who);
    ELSIF entry.what = 'SELECT' AND NOT has_table_privilege(entry.who, entry.name, 'INSERT') THEN
      EXECUTE format('REVOKE SELECT ON %I FROM %s', entry.name, entry.who);
    END IF;
  END LOOP;
END $$;"""
"""Who only reads sees no hashes of passwords and tokens, nor who did what; nobody changes a line of the audit."""


def sql(prefix: str) -> str:
    """To be run by a superuser, any number of times."""
    if not _PREFIX.match(prefix):
        raise ConfigurationError(
            f"{prefix!r} cannot begin the names of roles", hint="small letters, digits and _, such as synthmon"
        )
    return _SQL.format(prefix=prefix, protect=PROTECT_REVISION, accounts=PROTECT_ACCOUNTS)
