/** The rows of the benchmark: customers of 20 columns in a source and an empty target of another shape. */
import type pg from "pg"

export const sourceTable = `
create table customers (id bigint primary key, email text, first_name text, last_name text, title text, phone text,
  mobile text, locale text, status text not null, company text, street text, street2 text, city text, zip text,
  country text, note text, loyalty_card text, credit_limit numeric(12,2), created_at timestamptz not null,
  updated_at timestamptz not null);
create index on customers (updated_at, id)`

export const targetTable = `
create table kunden (kdnr bigserial primary key, email text unique, vorname text, nachname text, titel text,
  telefon text, mobil text, sprache text, sperre char(1) not null default 'N', firma text, strasse text, zusatz text,
  ort text, plz text, land text, bemerkung text, karte text, kreditlimit numeric(12,2),
  angelegt timestamptz not null default now(), geaendert timestamptz not null default now());
create index on kunden (geaendert, kdnr)`

/** Touches `geaendert` as a grown system does, unless the writer set it. */
export const targetTrigger = `
create function touch() returns trigger language plpgsql as
  $$ begin new.geaendert := clock_timestamp(); return new; end $$;
create trigger touch before update on kunden for each row execute function touch()`

/** Rows carry stamps of last year, so that nothing lies inside the overlap. */
export const fill = async (client: pg.Client, rows: number): Promise<void> => {
  await client.query(`insert into customers
    select n, 'person' || n || '@example.com', 'Given' || n % 977, 'Family' || n % 1361, case when n % 17 = 0 then 'Dr.' end,
      '+493023125' || lpad((n % 1000)::text, 3, '0'),
      case when n % 3 = 0 then '+4917139200' || lpad((n % 100)::text, 2, '0') end,
      case when n % 9 = 0 then 'en' else 'de' end, case when n % 41 = 0 then 'blocked' else 'active' end,
      case when n % 13 = 0 then 'Company ' || n end, 'Lindenweg ' || n % 120,
      case when n % 7 = 0 then 'Hinterhaus' end, 'Berlin', lpad((10000 + n % 80000)::text, 5, '0'), 'DE',
      case when n % 19 = 0 then 'prefers a call' end, 'L' || lpad(n::text, 8, '0'), (n % 5000)::numeric + 0.25,
      timestamptz '2025-01-01' + n * interval '1 second', timestamptz '2025-06-01' + n * interval '1 second'
    from generate_series(1, $1::int) n`, [rows])
  await client.query("analyze customers")
}

/** What the target shows of a source row. */
export interface SourceRow {
  readonly id: string
  readonly email: string | null
  readonly first_name: string | null
  readonly last_name: string | null
  readonly title: string | null
  readonly phone: string | null
  readonly mobile: string | null
  readonly locale: string | null
  readonly status: string
  readonly company: string | null
  readonly street: string | null
  readonly street2: string | null
  readonly city: string | null
  readonly zip: string | null
  readonly country: string | null
  readonly note: string | null
  readonly loyalty_card: string | null
  readonly credit_limit: string | null
  readonly created_at: Date
  readonly updated_at: Date
}
