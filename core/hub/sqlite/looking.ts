/** What people and reports ask of the file. */
import type { Plain, RunFact } from "../plain.ts"
import type { EntityCounts, Found, QuarantineGroup } from "../store.ts"
import { number, string, unpack } from "../file.ts"
import type { Cell, HubFile } from "../file.ts"
import type { Fact, GoldenId } from "../../sync/state.ts"
import { text } from "../row.ts"
import { append } from "./reading.ts"
import { conflictOf, dueOf, goldenOf, linkOf, quarantineOf } from "./rows.ts"

type Looking = Pick<Plain, "find" | "conflicts" | "conflict" | "quarantine" | "facts" | "counts">

export const looking = (file: HubFile): Looking => ({
  find: (entity, by) => file.reading(() => {
    const goldens = "golden" in by ? [by.golden]
      : "key" in by ? byKey(file, by.key)
      : byExt(file, by.ext, by.side === undefined ? sides(file) : [by.side])
    return foundOf(file, entity, [...new Set(goldens)].sort(text))
  }),
  conflicts: ({ status, entity, golden, limit }) => {
    const { where, cells } = equals({ status, entity, golden })
    return file.all(`SELECT body FROM conflict ${where} ORDER BY id LIMIT ?`, ...cells, limit ?? -1).map(conflictOf)
  },
  conflict: (id) => {
    const row = file.one("SELECT body FROM conflict WHERE id = ?", id)
    return row === undefined ? undefined : conflictOf(row)
  },
  quarantine: quarantine(file),
  facts: facts(file),
  counts: () => file.reading(() => counts(file))
})

const equals = (
  columns: { readonly [column: string]: string | undefined }
): { readonly where: string; readonly cells: ReadonlyArray<Cell> } => {
  const set = Object.entries(columns).flatMap(([column, cell]) => cell === undefined ? [] : [{ column, cell }])
  return {
    where: set.length === 0 ? "" : `WHERE ${set.map(({ column }) => `${column} = ?`).join(" AND ")}`,
    cells: set.map(({ cell }) => cell)
  }
}

/** Distinct values of the first column of an index, by one step in the index for each. */
const distinct = (file: HubFile, table: "link" | "match_key", column: "side" | "kind"): ReadonlyArray<string> =>
  file.all(`
    WITH RECURSIVE step (at) AS (
      SELECT min(${column}) FROM ${table}
      UNION ALL SELECT (SELECT min(${column}) FROM ${table} WHERE ${column} > at) FROM step WHERE at IS NOT NULL
    ) SELECT at FROM step WHERE at IS NOT NULL`).map((row) => string(row["at"]))

const sides = (file: HubFile): ReadonlyArray<string> => distinct(file, "link", "side")

const byKey = (file: HubFile, value: string): ReadonlyArray<GoldenId> =>
  distinct(file, "match_key", "kind").flatMap((kind) =>
    file.all("SELECT golden FROM match_key WHERE kind = ? AND value = ?", kind, value)
      .map((row) => string(row["golden"])))

const byExt = (file: HubFile, ext: string, sides: ReadonlyArray<string>): ReadonlyArray<GoldenId> =>
  sides.flatMap((side) =>
    file.all("SELECT golden FROM link WHERE side = ? AND ext = ?", side, ext).map((row) => string(row["golden"])))

const foundOf = (file: HubFile, entity: string, ids: ReadonlyArray<GoldenId>): ReadonlyArray<Found> =>
  ids.flatMap((id): ReadonlyArray<Found> => {
    const row = file.one("SELECT * FROM golden WHERE id = ? AND entity = ?", id, entity)
    if (row === undefined) return []
    return [{
      golden: goldenOf(row),
      links: file.all("SELECT * FROM link WHERE golden = ? ORDER BY side, ext", id).map(linkOf),
      keys: file.all("SELECT kind, value FROM match_key WHERE golden = ? ORDER BY kind, value", id)
        .map((key) => ({ kind: string(key["kind"]), value: string(key["value"]) })),
      conflicts: file.all("SELECT body FROM conflict WHERE golden = ? ORDER BY id", id).map(conflictOf),
      due: file.all("SELECT * FROM outbox WHERE golden = ? ORDER BY side", id).map(dueOf)
    }]
  })

const quarantine = (file: HubFile): Plain["quarantine"] => ({
  list: ({ side, cause, id, limit }) => {
    const { where, cells } = equals({ side, cause, id })
    return file.all(`SELECT * FROM quarantine ${where} ORDER BY id LIMIT ?`, ...cells, limit ?? -1).map(quarantineOf)
  },
  groups: () =>
    file.all(`
      SELECT side, cause, stage, count(*) AS n, min(id) AS sample FROM quarantine
      GROUP BY side, cause, stage ORDER BY n DESC, sample`).map((row): QuarantineGroup => ({
      side: string(row["side"]),
      cause: string(row["cause"]),
      // The cast holds for the reason given at `unpack`.
      stage: string(row["stage"]) as QuarantineGroup["stage"],
      count: number(row["n"]),
      sample: string(row["sample"])
    })),
  drop: (ids) => file.transaction(() =>
    file.run("DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids)))
})

/** Batches read at a time: a batch of a page holds a thousand facts or two. */
const factBatches = 16

const factsOfSql = "SELECT * FROM fact WHERE seq > ? AND instr(body, ?) > 0 ORDER BY seq LIMIT ?"

const facts = (file: HubFile): Plain["facts"] => ({ run, golden }, after) => {
  const rows = run !== undefined
    ? file.all("SELECT * FROM fact WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?", run, after, factBatches)
    : golden !== undefined
    ? file.all(factsOfSql, after, golden, factBatches)
    : file.all("SELECT * FROM fact WHERE seq > ? ORDER BY seq LIMIT ?", after, factBatches)
  const found = rows.flatMap((row): ReadonlyArray<RunFact> => {
    const of = { run: string(row["run"]), at: number(row["at"]) }
    return unpack<ReadonlyArray<Fact>>(row["body"])
      .flatMap((fact) => golden === undefined || fact.golden === golden ? [{ ...fact, ...of }] : [])
  })
  const last = rows.at(-1)
  return { facts: found, next: rows.length < factBatches || last === undefined ? undefined : number(last["seq"]) }
}

interface Tally {
  readonly side: string
  links: number
  due: number
  parked: number
  held: number
  inbox: number
}

const counts = (file: HubFile): ReadonlyArray<EntityCounts> => {
  const goldens = new Map(file.all(
    "SELECT entity, count(*) AS n FROM golden WHERE state = 'live' GROUP BY entity"
  ).map((row) => [string(row["entity"]), number(row["n"])] as const))
  const tallies = new Map<string, Tally>()
  const entities = new Map<string, Array<Tally>>()
  const tally = (entity: string, side: string): Tally => {
    const known = tallies.get(`${entity}|${side}`)
    if (known !== undefined) return known
    const fresh = { side, links: 0, due: 0, parked: 0, held: 0, inbox: 0 }
    tallies.set(`${entity}|${side}`, fresh)
    append(entities, entity, fresh)
    return fresh
  }
  const sideEntity = new Map<string, string>()
  for (const side of sides(file)) {
    const entity = file.one(sideEntitySql, side)?.["entity"]
    if (entity === undefined) continue
    sideEntity.set(side, string(entity))
    tally(string(entity), side).links = number(file.one(activeCountSql, side)?.["n"])
  }
  for (const row of dueCountsSql.flatMap((sql) => file.all(sql))) {
    const side = string(row["side"])
    sideEntity.set(side, string(row["entity"]))
    const sum = tally(string(row["entity"]), side)
    sum.due += number(row["due"])
    sum.parked += number(row["parked"])
    sum.held += number(row["held"])
  }
  for (const row of file.all("SELECT side, count(*) AS n FROM inbox GROUP BY side")) {
    const side = string(row["side"])
    const entity = sideEntity.get(side)
    if (entity !== undefined) tally(entity, side).inbox = number(row["n"])
  }
  return [...new Set([...goldens.keys(), ...entities.keys()])].sort(text).map((entity) => ({
    entity,
    goldens: goldens.get(entity) ?? 0,
    sides: (entities.get(entity) ?? []).sort((a, b) => text(a.side, b.side))
  }))
}

/** One sync an entity: any link of the side tells it. */
const sideEntitySql = "SELECT g.entity FROM link l JOIN golden g ON g.id = l.golden WHERE l.side = ? LIMIT 1"
const activeCountSql = `
  SELECT (SELECT count(*) FROM link WHERE side = ?1) -
    (SELECT count(*) FROM link WHERE side = ?1 AND status <> 'active') AS n`
/** Free rows by the index that holds them; what is parked or held is little. */
const dueCountsSql = [
  `SELECT side, entity, count(*) AS due, 0 AS parked, 0 AS held FROM outbox
  WHERE parked_on IS NULL AND (held_by IS NULL OR approved IS NOT NULL) GROUP BY side, entity`,
  `SELECT side, entity, count(*) AS due, count(*) AS parked, sum(held_by IS NOT NULL AND approved IS NULL) AS held
  FROM outbox WHERE parked_on IS NOT NULL GROUP BY side, entity`,
  `SELECT side, entity, count(*) AS due, 0 AS parked, count(*) AS held
  FROM outbox WHERE held_by IS NOT NULL AND approved IS NULL AND parked_on IS NULL GROUP BY side, entity`
]
