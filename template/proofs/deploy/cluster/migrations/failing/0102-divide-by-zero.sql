-- Fails after its first statement, which must be rolled back.
CREATE TABLE leftovers (key text);
SELECT 1 / 0;
