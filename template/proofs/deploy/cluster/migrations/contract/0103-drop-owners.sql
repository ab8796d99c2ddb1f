-- breaks-before: 0101
-- The contract release: removes what only releases before the expand release would need.
DROP TABLE flag_owners;
SELECT pg_sleep(3);
