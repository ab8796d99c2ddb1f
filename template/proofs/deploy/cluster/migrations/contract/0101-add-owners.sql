-- The expand release of the scenario `postgres`: fills a new table for several seconds while requests flow, then adds a column.
CREATE TABLE flag_owners AS SELECT key, 'nobody' AS owner FROM flags;
SELECT pg_sleep(8);
ALTER TABLE flags ADD COLUMN owner text;
