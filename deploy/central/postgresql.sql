-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Once, as the superuser: psql -f postgresql.sql. The tables are made by motcua-central itself at its first start.
CREATE ROLE motcua LOGIN;            -- peer authentication over the socket; with a password: \password motcua
CREATE DATABASE motcua OWNER motcua ENCODING 'UTF8' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';

-- A commit is what a hall relies on: never 'off', never 'local' with a replica that is to be promoted.
ALTER DATABASE motcua SET synchronous_commit = 'on';
-- A gateway that hangs must not keep a lane locked.
ALTER DATABASE motcua SET idle_in_transaction_session_timeout = '30s';
ALTER DATABASE motcua SET statement_timeout = '60s';
