CREATE TABLE conflict (
  id TEXT NOT NULL PRIMARY KEY,
  golden TEXT NOT NULL,
  entity TEXT NOT NULL,
  status TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX conflict_golden ON conflict (golden, status);

CREATE INDEX conflict_open ON conflict (id) WHERE status = 'open';

CREATE TABLE connection (
  connection TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE cursor (
  side TEXT NOT NULL,
  stream TEXT NOT NULL,
  cursor TEXT NOT NULL,
  epoch INTEGER,
  PRIMARY KEY (side, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE element (
  side TEXT NOT NULL,
  ext TEXT NOT NULL,
  golden TEXT NOT NULL,
  element TEXT NOT NULL,
  PRIMARY KEY (side, ext)
) STRICT, WITHOUT ROWID;

CREATE INDEX element_golden ON element (golden, side);

CREATE TABLE fact (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  run TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX fact_run ON fact (run);

CREATE TABLE golden (
  id TEXT NOT NULL PRIMARY KEY,
  entity TEXT NOT NULL,
  ver INTEGER NOT NULL,
  state TEXT NOT NULL,
  merged_into TEXT,
  body TEXT NOT NULL -- values, from, sources, origin, pinned
) STRICT;

CREATE INDEX golden_entity ON golden (entity, state);

CREATE TABLE inbox (
  side TEXT NOT NULL,
  ext TEXT NOT NULL,
  why TEXT NOT NULL,
  read_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  parked_on TEXT,
  PRIMARY KEY (side, ext)
) STRICT, WITHOUT ROWID;

CREATE INDEX inbox_parked ON inbox (parked_on) WHERE parked_on IS NOT NULL;

CREATE INDEX inbox_ready ON inbox (side, not_before, read_at, ext) WHERE parked_on IS NULL;

CREATE TABLE intent (
  call TEXT NOT NULL PRIMARY KEY,
  side TEXT NOT NULL,
  open INTEGER NOT NULL,
  handle TEXT,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX intent_job ON intent (side) WHERE handle IS NOT NULL;

CREATE TABLE intent_open (
  golden TEXT NOT NULL,
  attempt TEXT NOT NULL,
  side TEXT NOT NULL,
  call TEXT NOT NULL,
  PRIMARY KEY (golden, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (
  golden TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE link (
  side TEXT NOT NULL,
  ext TEXT NOT NULL,
  golden TEXT NOT NULL,
  status TEXT NOT NULL,
  rev INTEGER NOT NULL,
  obs_at INTEGER NOT NULL,
  write_end INTEGER NOT NULL,
  mapping TEXT NOT NULL,
  version TEXT,
  stamp TEXT,
  hash TEXT,
  suspect INTEGER,
  shadow TEXT NOT NULL, -- path: [v] both the same, [g, r], or {r} where golden never agreed
  rest TEXT -- incarnation, supersededBy, elements, rows, withheld, flips
) STRICT;

CREATE UNIQUE INDEX link_golden ON link (golden, side, (CASE status WHEN 'active' THEN '' ELSE ext END));

CREATE INDEX link_other ON link (side) WHERE status <> 'active';

CREATE UNIQUE INDEX link_record ON link (side, ext);

CREATE TABLE listed (
  side TEXT NOT NULL,
  ext TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  PRIMARY KEY (side, ext)
) STRICT, WITHOUT ROWID;

CREATE TABLE lock (
  name TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  since INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  process INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE match_key (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  golden TEXT NOT NULL,
  PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  golden TEXT NOT NULL,
  side TEXT NOT NULL,
  entity TEXT NOT NULL,
  ver INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  parked_on TEXT,
  held_by TEXT,
  held_hash TEXT,
  held_why TEXT,
  approved TEXT,
  PRIMARY KEY (golden, side)
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_held ON outbox (held_by) WHERE held_by IS NOT NULL;

CREATE INDEX outbox_parked ON outbox (parked_on) WHERE parked_on IS NOT NULL;

CREATE INDEX outbox_ready ON outbox (side, entity, not_before, golden)
  WHERE parked_on IS NULL AND (held_by IS NULL OR approved IS NOT NULL);

CREATE TABLE quarantine (
  id TEXT NOT NULL PRIMARY KEY,
  side TEXT NOT NULL,
  ext TEXT NOT NULL,
  path TEXT NOT NULL, -- '' for the whole record
  cause TEXT NOT NULL,
  stage TEXT NOT NULL,
  at INTEGER NOT NULL,
  run TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  payload TEXT
) STRICT;

CREATE UNIQUE INDEX quarantine_record ON quarantine (side, ext, path);

CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY,
  command TEXT NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  exit INTEGER,
  counts TEXT NOT NULL,
  message TEXT
) STRICT;

CREATE INDEX run_started ON run (started, id);

CREATE TABLE tombstone (
  golden TEXT NOT NULL PRIMARY KEY,
  entity TEXT NOT NULL,
  at INTEGER NOT NULL,
  cause TEXT NOT NULL
) STRICT, WITHOUT ROWID;
