-- The flags of the example domain. `value` is the whole flag, so a new field needs no migration. Its type is json, because
-- jsonb rejects some strings that JSON allows. Keys sort by their bytes, as in every other store.
CREATE TABLE flags (
  key text COLLATE "C" PRIMARY KEY,
  value json NOT NULL,
  revision uuid NOT NULL,
  expires_at timestamptz
);

CREATE INDEX flags_expires_at ON flags (expires_at) WHERE expires_at IS NOT NULL;
