/** What an experienced engineer writes by hand for each workload: no identity, no provenance, no crash safety. */
import type pg from "pg"
import type { SourceRow } from "./data.ts"

const PAGE = 1000

const columns = [
  "email", "vorname", "nachname", "titel", "telefon", "mobil", "sprache", "sperre", "firma", "strasse", "zusatz",
  "ort", "plz", "land", "bemerkung", "karte", "kreditlimit"
] as const

const translate = (row: SourceRow): ReadonlyArray<string | null> => [
  row.email?.trim().toLowerCase() ?? null, row.first_name, row.last_name, row.title, digits(row.phone),
  digits(row.mobile), row.locale === "en" ? "E" : "D", row.status === "blocked" ? "J" : "N", row.company, row.street,
  row.street2, row.city, row.zip, row.country, row.note, row.loyalty_card, row.credit_limit
]

const digits = (phone: string | null) => phone === null ? null : phone.replace(/[^+0-9]/g, "")

const upsert = (count: number) => {
  const tuple = (row: number) => columns.map((_, column) => `$${row * columns.length + column + 1}`).join(",")
  const values = Array.from({ length: count }, (_, row) => `(${tuple(row)})`)
  return `insert into kunden (${columns.join(",")}) values ${values.join(",")}
    on conflict (email) do update set ${columns.slice(1).map((column) => `${column} = excluded.${column}`).join(", ")}`
}

const write = async (to: pg.Client, rows: ReadonlyArray<SourceRow>, prepared: boolean) => {
  if (rows.length === 0) return
  const text = upsert(rows.length)
  const values = rows.flatMap(translate)
  await to.query(prepared ? { name: `upsert${rows.length}`, text, values } : { text, values })
}

/** W1: everything, keyset pages. */
export const initial = async (from: pg.Client, to: pg.Client, prepared: boolean): Promise<number> => {
  let last = "0"
  let total = 0
  for (;;) {
    const { rows } = await from.query<SourceRow>("select * from customers where id > $1 order by id limit $2", [last, PAGE])
    const end = rows.at(-1)
    if (end === undefined) return total
    await write(to, rows, prepared)
    last = end.id
    total += rows.length
  }
}

/** W2: what changed since the cursor, and the new cursor. */
export const incremental = async (
  from: pg.Client, to: pg.Client, since: Date
): Promise<{ rows: number; cursor: Date }> => {
  const { rows } = await from.query<SourceRow>(changedThere, [since])
  for (let start = 0; start < rows.length; start += PAGE) await write(to, rows.slice(start, start + PAGE), false)
  return { rows: rows.length, cursor: rows.at(-1)?.updated_at ?? since }
}

/**
 * W4: three-way, with the last agreed values in a table of the target database: read both sides' changes, compare every
 * column with the base, write what moved to the other side, store the new base.
 */
export const threeWay = async (
  from: pg.Client, to: pg.Client, since: { source: Date; target: Date }
): Promise<{ source: number; target: number }> => {
  const theirs = (await from.query<SourceRow>(changedThere, [since.source])).rows
  const ours = (await to.query<Row>("select * from kunden where geaendert > $1 order by geaendert, kdnr", [since.target])).rows
  const emails = [...new Set([...theirs.map((row) => row.email ?? ""), ...ours.map((row) => row["email"] ?? "")])]
  const known = await to.query<{ email: string; row: Row }>("select email, row from base where email = any($1)", [emails])
  const base = new Map(known.rows.map((row) => [row.email, row.row]))
  const left = new Map(theirs.map((row) => [row.email ?? "", named(translate(row))]))
  const right = new Map(ours.map((row) => [row["email"] ?? "", named(columns.map((column) => row[column] ?? null))]))
  const changed = { source: 0, target: 0 }
  await from.query("begin")
  await to.query("begin")
  for (const email of emails) {
    const was = base.get(email) ?? {}
    const a: Row = left.get(email) ?? was
    const b: Row = right.get(email) ?? was
    const toTarget: Array<string> = []
    const toSource: Array<string> = []
    const next: Row = { ...was }
    for (const column of columns) {
      const before = was[column] ?? null
      const one = a[column] ?? null
      const two = b[column] ?? null
      if (one !== before) {
        next[column] = one
        if (two !== one) toTarget.push(column)
      } else if (two !== before) {
        next[column] = two
        toSource.push(column)
      }
    }
    if (toTarget.length > 0) {
      changed.target++
      const set = toTarget.map((column, at) => `${column} = $${at + 2}`).join(", ")
      await to.query(`update kunden set ${set} where email = $1`, [email, ...toTarget.map((column) => next[column])])
    }
    if (toSource.length > 0) {
      changed.source++
      const set = toSource.map((column, at) => `${back[column] ?? column} = $${at + 2}`).join(", ")
      await from.query(`update customers set ${set}, updated_at = clock_timestamp() where email = $1`,
        [email, ...toSource.map((column) => next[column])])
    }
    if (toTarget.length + toSource.length > 0 || !base.has(email)) {
      await to.query("insert into base values ($1, $2) on conflict (email) do update set row = excluded.row",
        [email, JSON.stringify(next)])
    }
  }
  await from.query("commit")
  await to.query("commit")
  return changed
}

type Row = Record<string, string | null>

const named = (values: ReadonlyArray<string | null>): Row =>
  Object.fromEntries(columns.map((column, at) => [column, values[at] ?? null]))

const changedThere = "select * from customers where updated_at > $1 order by updated_at, id"

const back: { readonly [column: string]: string } = {
  vorname: "first_name", nachname: "last_name", titel: "title", telefon: "phone", mobil: "mobile", firma: "company",
  strasse: "street", zusatz: "street2", ort: "city", plz: "zip", land: "country", bemerkung: "note",
  karte: "loyalty_card", kreditlimit: "credit_limit"
}

/** The base of the three-way script, as its own first sync would have left it. */
export const makeBase = async (to: pg.Client): Promise<void> => {
  await to.query(`create table base (email text primary key, row jsonb not null)`)
  await to.query(`insert into base select email, (select jsonb_object_agg(key, value)
    from jsonb_each_text(to_jsonb(kunden) - 'kdnr' - 'angelegt' - 'geaendert')) from kunden`)
}
