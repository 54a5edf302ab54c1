/** Writes a batch in one transaction: lock, compare, write, read back. One bad row costs only itself. */
import { Clock, Effect } from "effect"
import { sql } from "kysely"
import type { Change, Fenced, Held, Outcome, Writer } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { begin, SqlFailure, tableRef } from "../../core/io/sql/dialect.ts"
import type { Column, DriverRow, FailureKind, Plain, Run, Transaction } from "../../core/io/sql/dialect.ts"
import { empty, workOf } from "./changes.ts"
import type { RowWork, Work } from "./changes.ts"
import type { Layout, Part } from "./layout.ts"
import { heldOf, readIds, zoneOf } from "./reader.ts"
import type { Source } from "./reader.ts"
import { textAt } from "./stamp.ts"
import type { Zone } from "./stamp.ts"
import { idOf, keyText } from "./records.ts"
import { plan, ref } from "./rows.ts"
import type { Plan, Row } from "./rows.ts"

/** Changes of one transaction: enough to pay for it, few enough to hold locks shortly. */
const batchSize = 1_000
/** A transaction that another one was in the way of is tried again. */
const tries = 4

export const makeWriter = (source: Source, promised: Promised): Writer => ({
  guard: promised.guard, creates: promised.creates,
  shape: "patch",
  batch: batchSize,
  write: (changes, fence) => Effect.gen(function*() {
    const layout = yield* source.layout
    const zone = yield* zoneOf(source, layout)
    const shown = plan(source.database.dialect, layout, promised.columns)
    return yield* write({ source, layout, zone, rowNames: promised.rowNames, plan: shown }, changes, fence)
  })
})

interface Promised {
  readonly guard: Writer["guard"]
  readonly creates: Writer["creates"]
  readonly columns: ReadonlySet<string> | undefined
  readonly rowNames: ReadonlyMap<string, ReadonlyArray<string>>
}

interface Target {
  readonly zone: Zone
  readonly rowNames: ReadonlyMap<string, ReadonlyArray<string>>
  readonly source: Source
  readonly layout: Layout
  readonly plan: Plan
}

const write = (target: Target, changes: ReadonlyArray<Change>, fence: Effect.Effect<void,
  Fenced>): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError | Fenced> => Effect.gen(function*() {
  const outcomes: Array<Outcome> = changes.map(() => ({ did: "unsent" }))
  // A record that is changed twice in one batch is changed in two transactions, in order.
  for (const wave of waves(changes)) {
    for (const part of chunks(wave, batchSize)) {
      const done = yield* together(target, changes, part, fence)
      for (const [at, outcome] of done) outcomes[at] = outcome
    }
  }
  return outcomes
})

const waves = (changes: ReadonlyArray<Change>): ReadonlyArray<ReadonlyArray<number>> => {
  const seen = new Map<string, number>()
  const found: Array<Array<number>> = []
  for (const [at, change] of changes.entries()) {
    const turn = change.op === "create" ? 0 : seen.get(change.id) ?? 0
    if (change.op !== "create") seen.set(change.id, turn + 1)
    const wave = found[turn] ?? []
    found[turn] = wave
    wave.push(at)
  }
  return found
}

const chunks = <A>(list: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))

type Outcomes = Map<number, Outcome>

/**
 * One transaction, again where another was in the way, in halves where only the commit finds a bad row (deferred
 * checks).
 */
const together = (
  target: Target, changes: ReadonlyArray<Change>, part: ReadonlyArray<number>, fence: Effect.Effect<void, Fenced>
): Effect.Effect<Outcomes, ConnectorError | Fenced> => Effect.gen(function*() {
  let careful = part.length === 1
  for (let attempt = 1; ; attempt++) {
    const result = yield* once(target, changes, part, fence, careful)
    if (result.then === "done") return result.outcomes
    if (result.then === "again" && attempt < tries) {
      yield* Effect.sleep(`${20 * attempt ** 2} millis`)
      continue
    }
    if (result.then === "again") return every(part, { did: "unsent" })
    if (!careful) {
      careful = true
      continue
    }
    if (part.length === 1) return every(part, refusal(result.failure))
    const half = Math.ceil(part.length / 2)
    const left = yield* together(target, changes, part.slice(0, half), fence)
    const right = yield* together(target, changes, part.slice(half), fence)
    return new Map([...left, ...right])
  }
})

const every = (part: ReadonlyArray<number>, outcome: Outcome): Outcomes => new Map(part.map((at) => [at, outcome]))

const refusal = (failure: SqlFailure): Outcome => (
  { did: "refused", ...(failure.column === undefined ? {} : { path: failure.column }), cause: causeOf(failure) })

/** Table, column and constraint; never a value. */
const causeOf = (failure: SqlFailure): string => {
  const places = [failure.table === undefined ? "" : `table ${failure.table}`, failure.column === undefined ? ""
    : `column ${failure.column}`, failure.constraint === undefined ? "" : `constraint ${failure.constraint}`].filter((place) => place !== "")
  return places.length === 0 ? failure.message : `${failure.message}: ${places.join(", ")}`
}

type Result =
  | { readonly then: "done"; readonly outcomes: Outcomes }
  | { readonly then: "again" }
  | { readonly then: "split"; readonly failure: SqlFailure }

interface Open {
  readonly transaction: Transaction
  ended: boolean
}

const once = (
  target: Target, changes: ReadonlyArray<Change>, part: ReadonlyArray<number>, fence: Effect.Effect<void, Fenced>,
  careful: boolean
): Effect.Effect<Result, ConnectorError | Fenced> => {
  const { source } = target
  const trying = <A>(work: () => Promise<A>): Effect.Effect<A,
    SqlFailure> => Effect.tryPromise({ try: work, catch: (error) => error instanceof SqlFailure ? error
    : source.database.dialect.classify(error) })
  const body = Effect.acquireUseRelease(
    Effect.map(trying(() => begin(source.database)), (transaction): Open => ({ transaction, ended: false })),
    (open) => Effect.gen(function*() {
      const readAt = yield* Clock.currentTimeMillis
      const outcomes = yield* trying(() => inside(target, open.transaction, changes, part, readAt, careful))
      const wrote = [...outcomes.values()].some((outcome) => outcome.did === "written")
      if (!wrote) return { then: "done", outcomes } satisfies Result
      yield* fence
      // From here on nobody can say what an error means: an interruption waits for the answer.
      return yield* Effect.uninterruptible(commit(open, outcomes, trying))
    }),
    (open) => open.ended ? Effect.void : Effect.promise(() => open.transaction.rollback().catch(() => undefined))
  )
  return Effect.catchIf(body, (error) => error instanceof SqlFailure, (failure): Effect.Effect<Result,
    ConnectorError> => {
    if (failure.kind === "busy") return Effect.succeed({ then: "again" })
    // Nothing was committed: an open transaction dies with its connection.
    if (failure.kind === "offline") return Effect.as(Effect.logWarning(`${source.connection}: ${failure.message}`),
      { then: "done", outcomes: every(part, { did: "unsent" }) })
    // Some errors of SQL Server take the whole transaction with them: the halves are tried in their own.
    if (ofRows.includes(failure.kind)) return Effect.succeed({ then: "split", failure })
    return Effect.fail(source.fail("write", failure))
  })
}

/** What the rows of a batch can be to blame for. */
const ofRows: ReadonlyArray<FailureKind> = ["unique", "reference", "required", "check", "value", "other"]

const commit = (open: Open, outcomes: Outcomes, trying: <A>(work: () => Promise<A>) => Effect.Effect<A,
  SqlFailure>): Effect.Effect<Result, SqlFailure> =>
  Effect.matchEffect(trying(() => open.transaction.commit()), {
    onSuccess: () => {
      open.ended = true
      return Effect.succeed<Result>({ then: "done", outcomes })
    },
    onFailure: (failure) => {
      if (failure.kind === "busy") return Effect.succeed<Result>({ then: "again" })
      if (ofRows.includes(failure.kind) && failure.kind !== "other") return Effect.succeed<Result>({ then: "split", failure })
      const unsure: Outcomes = new Map([...outcomes].map(
        ([at, outcome]) => [at, outcome.did === "written" ? { did: "unknown" } : outcome]))
      return Effect.succeed<Result>({ then: "done", outcomes: unsure })
    }
  })

/**
 * Everything between begin and commit. At first without savepoints, which cost two round trips; only where a row is
 * refused it is done again, carefully.
 */
const inside = async (target: Target, transaction: Transaction, changes: ReadonlyArray<Change>,
  part: ReadonlyArray<number>, readAt: number, careful: boolean): Promise<Outcomes> => {
  const { source } = target
  const outcomes: Outcomes = new Map()
  const ids = part.flatMap((at) => { const change = changes[at]; return change === undefined
    || change.op === "create" ? [] : [change.id] })
  const rows = new Map((ids.length === 0 ? [] : await readIds(source.database, transaction.run, target.plan, ids,
    true)).map((row) => [row.id, row]))
  const works: Array<Work> = []
  for (const at of part) {
    const change = changes[at]
    if (change === undefined) continue
    const decided = decideOne(target, at, change, change.op === "create" ? undefined : rows.get(change.id), readAt)
    if ("did" in decided) outcomes.set(at, decided)
    else works.push(decided)
  }
  const writing: Writing = { ...target, transaction, outcomes }
  if (careful) await apply(writing, works)
  else {
    await send(writing, works)
    for (const work of works) outcomes.set(work.at, { did: "written", id: "" })
  }
  await readBack(target, transaction.run, works, outcomes, readAt)
  return outcomes
}

/** An outcome that is certain before anything is written, or the work to do. */
const decideOne = (target: Target, at: number, change: Change, row: Row | undefined, readAt: number): Outcome
  | Work => {
  const { layout, source: { database: { dialect } } } = target
  if (change.op === "create") return checked(workOf(dialect, layout, at, change.patch(undefined), undefined), layout)
  if (row === undefined || row.deleted || row.outside) return { did: "gone" }
  if (row.broken !== undefined) return { did: "refused", cause: row.broken }
  const { expect } = change
  const moved = (expect.version !== undefined && layout.version !== undefined && expect.version !== row.version)
    || !expect.holds(row.record)
  if (moved) return { did: "moved", now: heldOf(row, readAt, target.zone) }
  if (change.op === "update") return checked(workOf(dialect, layout, at, change.patch(row.record), row), layout)
  if (change.how === "archive" && layout.deleted === undefined) return { did: "refused",
    cause: `table ${layout.table.name} has no flag for deleted rows; declare it with \`deleted\`` }
  const flag = layout.deleted
  const cells = flag === undefined ? new Map<Column, Plain>() : new Map<Column,
    Plain>([[flag.column, flag.value ?? markOf(flag.column, readAt, target.zone)]])
  return { at, op: "remove", key: row.key, cells, rows: [], withheld: [], links: row.links, elements: [], stored: undefined }
}

/** What a flag without a value of its own is set to: it only has to be there. */
const markOf = (column: Column, at: number, zone: Zone): Plain => {
  if (column.kind === "bool") return true
  if (column.kind === "int" || column.kind === "bigint") return 1
  return textAt(column, at, zone, undefined)
}

/**
 * A value that does not fit costs its field; where nothing else is left, or the row cannot be without it, the record.
 */
const checked = (work: Work, layout: Layout): Outcome | Work => {
  const [first] = work.withheld
  if (first === undefined) return work
  const needed = work.op === "create" && work.withheld.some(
    ({ path }) => layout.table.columns.some((column) => column.name === path && !column.nullable && !column.filled))
  return needed || empty(work) ? { did: "refused", path: first.path, cause: first.cause } : work
}

interface Writing extends Target {
  readonly transaction: Transaction
  readonly outcomes: Outcomes
}

/** All at once; if the database refuses, in halves, down to the one that is bad. */
const apply = async (writing: Writing, works: ReadonlyArray<Work>): Promise<void> => {
  if (works.length === 0) return
  try {
    await writing.transaction.attempt(() => send(writing, works))
    for (const work of works) writing.outcomes.set(work.at, { did: "written", id: "" })
  } catch (error) {
    const failure = error instanceof SqlFailure ? error : writing.source.database.dialect.classify(error)
    if (!ofRows.includes(failure.kind)) throw failure
    const [only] = works
    if (works.length === 1 && only !== undefined) return single(writing, only, failure)
    const half = Math.ceil(works.length / 2)
    await apply(writing, works.slice(0, half))
    await apply(writing, works.slice(half))
  }
}

/** One record that was refused: without the field that does not fit, or not at all. */
const single = async (writing: Writing, work: Work, failure: SqlFailure): Promise<void> => {
  const column = [...work.cells.keys()].find((one) => one.name === failure.column)
  const optional = column !== undefined && (work.op === "update" || column.nullable || column.filled)
  if (failure.kind === "value" && column !== undefined && optional && work.cells.size + work.rows.length > 1) {
    work.cells.delete(column)
    work.withheld.push({ path: column.name, cause: causeOf(failure) })
    return apply(writing, [work])
  }
  if (failure.kind === "unique" && work.op === "create") {
    const id = await twin(writing, work, failure)
    // MySQL does not say which table: with child rows it may be one of theirs.
    const own = failure.table === undefined ? work.rows.length === 0 : failure.table === writing.layout.table.name
    if (id !== undefined || own) {
      writing.outcomes.set(work.at, { did: "exists", ...(id === undefined ? {} : { id }) })
      return
    }
  }
  writing.outcomes.set(work.at, refusal(failure))
}

/** The record that holds the unique values already. */
const twin = async ({ layout, plan, source, transaction }: Writing, work: Work, failure: SqlFailure): Promise<string
  | undefined> => {
  const { dialect } = source.database
  const named = layout.table.uniques.filter((unique) => unique.name === failure.constraint)
  const candidates = [...named, ...layout.table.uniques, { name: "", columns: layout.key.map((column) => column.name) }]
  for (const { columns } of candidates) {
    const cells = columns.map((name) => [...work.cells].find(([column]) => column.name === name))
    if (cells.length === 0 || cells.some((cell) => cell === undefined || cell[1] === null)) continue
    const condition = sql.join(cells.map((cell) => cell === undefined ? sql`1 = 0` : sql`${ref(cell[0])} = ${dialect.bind(cell[0], cell[1])}`), sql` and `)
    const [row] = await plan.read(transaction.run, { condition, order: undefined, limit: 1, lock: false })
    if (row !== undefined) return row.id
  }
  return undefined
}

/** Statements for these works: parents first, deletions of child rows before them. */
const send = async (writing: Writing, works: ReadonlyArray<Work>): Promise<void> => {
  const { layout, source: { database: { dialect } }, transaction: { run } } = writing
  for (const work of works) {
    work.elements.length = 0
    work.stored = undefined
  }
  await removes(writing, works.filter((work) => work.op === "remove"))
  for (const group of grouped(works.filter((work) => work.op === "create"),
    (work) => shapeOf(work.cells))) await inserts(writing, group)
  for (const group of grouped(works.filter((work) => work.op !== "create" && work.cells.size > 0),
    (work) => shapeOf(work.cells))) {
    const columns = [...group[0]?.cells.keys() ?? []]
    const rows = group.map((work) => [...work.key ?? [], ...columns.map((column) => work.cells.get(column) ?? null)])
    for (const chunk of chunks(rows, perStatement(dialect.parameters, layout.key.length + columns.length))) {
      keep(writing, group, await dialect.update(run, layout.table, layout.key, columns, chunk, back(writing)))
    }
  }
  for (const part of layout.parts) await partRows(writing, part, works)
}

/** A statement takes so many rows. */
const perStatement = (parameters: number, columns: number): number =>
  Math.max(1, Math.floor(parameters / Math.max(1, columns)))

const shapeOf = (cells: ReadonlyMap<Column, Plain>): string =>
  [...cells.keys()].map((column) => column.name).join("\u0000")

const grouped = <A>(list: ReadonlyArray<A>, by: (one: A) => string): ReadonlyArray<ReadonlyArray<A>> =>
  [...Map.groupBy(list, by).values()]

const inserts = async (writing: Writing, group: ReadonlyArray<Work>): Promise<void> => {
  const { layout, source, transaction } = writing
  const { dialect } = source.database
  const columns = [...group[0]?.cells.keys() ?? []]
  const missing = layout.key.filter((column) => !columns.includes(column))
  const [counted] = missing
  if (missing.length > 1 || (counted !== undefined && !counted.counted)) throw new SqlFailure("required", "key",
    { table: layout.table.name, column: counted?.name, say: "the key has no value" })
  for (const chunk of chunks(group, perStatement(dialect.parameters, columns.length + 1))) {
    const rows = chunk.map((work) => columns.map((column) => work.cells.get(column) ?? null))
    const { keys, rows: stored } = await dialect.insert(transaction.run, layout.table, columns, rows, counted,
      back(writing))
    for (const [at, work] of chunk.entries()) work.key =
      layout.key.map((column) => column === counted ? keys[at] ?? "" : keyText(work.cells.get(column) ?? null))
    keep(writing, chunk, stored)
  }
}

/** Child rows are in other tables: a statement shows a whole record only without them. */
const back = ({ plan }: Writing) => plan.whole ? plan.list : undefined

const keep = ({ plan }: Writing, works: ReadonlyArray<Work>, stored: ReadonlyArray<DriverRow> | undefined): void => {
  if (stored === undefined) return
  const rows = new Map(stored.map((one) => plan.rowOf(one)).map((row) => [row.id, row]))
  for (const work of works) if (work.key !== undefined) work.stored = rows.get(idOf(work.key)) ?? work.stored
}

const removes = async ({ layout, source, transaction: { run } }: Writing,
  works: ReadonlyArray<Work>): Promise<void> => {
  const { dialect } = source.database
  const gone = works.filter((work) => work.cells.size === 0)
  if (gone.length === 0) return
  for (const part of layout.parts) {
    const links = gone.flatMap((work) => {
      const link = linkOf(layout, part, work)
      return link === undefined ? [] : [link]
    })
    for (const chunk of chunks(links, dialect.amongMost)) {
      const condition = sql.join([dialect.among(part.link.map((one) => one.here),
        part.link.map((one) => sql.id(one.here.name)), chunk), ...constantsOf(dialect, part)], sql` and `)
      await run(sql`delete from ${tableRef(part.table)} where ${condition}`)
    }
  }
  for (const chunk of chunks(gone.map((work) => work.key ?? []), dialect.amongMost)) {
    await run(sql`delete from ${tableRef(layout.table)} where ${dialect.among(layout.key, layout.key.map((column) => sql.id(column.name)), chunk)}`)
  }
}

const constantsOf = (dialect: Target["source"]["database"]["dialect"], part: Part) =>
  part.where.map(({ column, value }) => value === null ? sql`${sql.id(column.name)} is null` : sql`${sql.id(column.name)} = ${dialect.bind(column, value)}`)

/** The parent's values that its rows point with; undefined where one of them is empty. */
const linkOf = (layout: Layout, part: Part, work: Work): ReadonlyArray<string> | undefined => {
  const link: Array<string> = []
  for (const [at, { parent }] of part.link.entries()) {
    const keyAt = layout.key.indexOf(parent)
    const cell = work.cells.get(parent)
    const text = keyAt >= 0 ? work.key?.[keyAt]
      : cell === undefined ? work.links?.get(part)?.[at] : cell === null ? undefined : keyText(cell)
    if (text === undefined) return undefined
    link.push(text)
  }
  return link
}

/** As `linkOf`, for rows that have to be written. */
const linkFor = (layout: Layout, part: Part, work: Work): ReadonlyArray<string> => {
  const link = linkOf(layout, part, work)
  if (link !== undefined) return link
  const names = part.link.map(({ parent }) => parent.name).join(", ")
  throw new SqlFailure("required", "key", { table: part.table.name, column: part.link[0]?.here.name,
    say: `rows of ${part.table.name} point with ${names}, which is empty in this record` })
}

interface Mine {
  readonly work: Work
  readonly row: RowWork
  readonly link: ReadonlyArray<string>
}

/** The rows of one part, of all works together. */
const partRows = async (writing: Writing, part: Part, works: ReadonlyArray<Work>): Promise<void> => {
  const { layout, source: { database: { dialect } }, transaction: { run } } = writing
  let mine: ReadonlyArray<Mine> = works.flatMap(
    (work) => work.rows.flatMap((row) => row.part === part ? [{ work, row, link: linkFor(layout, part, work) }] : []))
  if (mine.length === 0) return
  if (part.kind === "join") mine = await present(writing, part, mine)
  const links = part.link.map((one) => one.here)
  const key = [...links, ...part.key.filter((column) => !links.includes(column))]
  const keyOf = (one: Mine): ReadonlyArray<string> =>
    [...one.link, ...part.key.flatMap((column, at) => links.includes(column) ? [] : [one.row.key?.[at] ?? ""])]
  for (const chunk of chunks(mine.filter((one) => one.row.do === "delete").map(keyOf), dialect.amongMost)) {
    await run(sql`delete from ${tableRef(part.table)} where ${dialect.among(key, key.map((column) => sql.id(column.name)), chunk)}`)
  }
  for (const group of grouped(mine.filter((one) => one.row.do === "update" && one.row.cells.size > 0),
    (one) => shapeOf(one.row.cells))) {
    const columns = [...group[0]?.row.cells.keys() ?? []]
    const rows = group.map((one) => [...keyOf(one), ...columns.map((column) => one.row.cells.get(column) ?? null)])
    for (const chunk of chunks(rows, perStatement(dialect.parameters,
      key.length + columns.length))) await dialect.update(run, part.table, key, columns, chunk, undefined)
  }
  for (const group of grouped(mine.filter((one) => one.row.do === "insert"),
    (one) => shapeOf(one.row.cells))) await insertRows(writing, part, group)
}

/** A joined row that is not there yet is made. */
const present = async ({ source: { database: { dialect } }, transaction: { run } }: Writing, part: Part,
  mine: ReadonlyArray<Mine>): Promise<ReadonlyArray<Mine>> => {
  const found = new Set<string>()
  const links = part.link.map((one) => one.here)
  for (const chunk of chunks(mine.map((one) => one.link), dialect.amongMost)) {
    const list = sql.join(links.map((column, at) => sql`${dialect.select(column, ref(column))} as ${sql.id(`c${at}`)}`))
    const rows = await run(sql<{ readonly [name: string]: unknown }>`select ${list} from ${tableRef(part.table)} as t where ${dialect.among(links, links.map(ref), chunk)}`)
    for (const row of rows) found.add(idOf(links.map((column, at) => keyText(dialect.take(column, row[`c${at}`])))))
  }
  return mine.flatMap((one): ReadonlyArray<Mine> => {
    if (found.has(idOf(one.link))) return [one]
    // Nulls need no row of their own.
    if ([...one.row.cells.values()].every((value) => value === null)) return []
    return [{ ...one, row: { ...one.row, do: "insert",
      cells: new Map([...one.row.cells, ...part.where.map(({ column, value }) => [column, value] as const)]) } }]
  })
}

const insertRows = async ({ source: { database: { dialect } }, transaction: { run } }: Writing, part: Part,
  group: ReadonlyArray<Mine>): Promise<void> => {
  const links = part.link.map((one) => one.here)
  const own = [...group[0]?.row.cells.keys() ?? []].filter((column) => !links.includes(column))
  const columns = [...links, ...own]
  const counted = part.key.find((column) => column.counted && !columns.includes(column))
  for (const chunk of chunks(group, perStatement(dialect.parameters, columns.length + 1))) {
    const rows = chunk.map((one) => [...one.link, ...own.map((column) => one.row.cells.get(column) ?? null)])
    const { keys } = await dialect.insert(run, part.table, columns, rows, counted, undefined)
    for (const [at, one] of chunk.entries()) {
      if (one.row.element === undefined) continue
      const key = part.key.map((column) => {
        if (column === counted) return keys[at] ?? ""
        const link = links.indexOf(column)
        return link >= 0 ? one.link[link] ?? "" : keyText(one.row.cells.get(column) ?? null)
      })
      one.work.elements.push({ part, element: one.row.element, key: idOf(key) })
    }
  }
}

/** What the database stored: triggers, defaults, rounding, padding. */
const readBack = async (target: Target, run: Run, works: ReadonlyArray<Work>, outcomes: Outcomes,
  readAt: number): Promise<void> => {
  const done = works.filter((work) => outcomes.get(work.at)?.did === "written")
  const ids = done.flatMap((work) =>
    work.op === "remove" || work.key === undefined || work.stored !== undefined ? [] : [idOf(work.key)])
  const rows = new Map((ids.length === 0 ? [] : await readIds(target.source.database, run, target.plan, ids,
    false)).map((row) => [row.id, row]))
  for (const work of done) {
    const id = idOf(work.key ?? [])
    // A key that the database writes differently (zeros, padding) is found by itself.
    const row = work.op === "remove" ? undefined : work.stored ?? rows.get(id)
      ?? (await readIds(target.source.database, run, target.plan, [id], false))[0]
    const after: Held | undefined = row === undefined ? undefined
      : { ...heldOf(row, readAt, target.zone), ...elementsOf(work, target.rowNames) }
    outcomes.set(work.at, { did: "written", id: row?.id ?? id, readAt, ...(after === undefined ? {} : { after }),
      ...(work.withheld.length === 0 ? {} : { withheld: work.withheld }) })
  }
}

const elementsOf = (work: Work, rowNames: Target["rowNames"]): Pick<Held, "elements"> => {
  if (work.elements.length === 0) return {}
  const elements: { [resource: string]: { [element: string]: string } } = {}
  for (const { part, element, key } of work.elements) {
    for (const name of new Set([part.name, ...rowNames.get(part.name) ?? []])) {
      const mine = elements[name] ?? {}
      elements[name] = mine
      mine[element] = key
    }
  }
  return { elements }
}
