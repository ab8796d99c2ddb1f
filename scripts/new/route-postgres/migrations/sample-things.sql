-- `value` is the whole sample thing, so a new field needs no migration. Its type is json, because jsonb rejects some strings
-- that JSON allows. To select by a field, give it a column. The name is quoted, because it may be a reserved word.
CREATE TABLE "sample_things" (
  id uuid PRIMARY KEY,
  value json NOT NULL,
  revision uuid NOT NULL
);
