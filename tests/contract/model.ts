/** A small system that can do everything the contract asks about, and one of its connectors' mistakes at a time. */
import { createHmac, timingSafeEqual } from "node:crypto"
import { Effect, Option, Stream } from "effect"
import type {
  Change, Connection, Cursor, Outcome, Page, ReadOptions, Resource, Seen, Session
} from "../../core/connector/connector.ts"
import { ConnectorError, Malformed, RateLimited, Refused, Unavailable } from "../../core/connector/errors.ts"
import type { Reason } from "../../core/connector/errors.ts"
import type { Vault } from "../../core/connector/vault.ts"
import type { Delivery } from "../../core/connector/webhook.ts"
import { Rows } from "../../core/mapping/index.ts"
import type { Patch, Record_ } from "../../core/mapping/index.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"
import type { Given, Stage, Subject } from "../../core/testing/contract.ts"

/** What this connector gets wrong; `undefined`: nothing. */
export type Bug = string | undefined

const pageSize = 10
const overlapMs = 120_000
const logMs = 7 * 86_400_000
const secret = "a signing key for tests"
const columns = ["code", "text", "note", "flag", "created", "kids", "amount", "wide"]

interface Version { readonly from: number; readonly stamp: number; readonly record: Record_ }
interface Row {
  readonly id: string
  versions: Array<Version>
  gone?: { readonly at: number; readonly to?: string }
}
type Fault = "throttle" | "unavailable" | "cut-before" | "cut-after" | "lock" | "partial"

class Model {
  readonly rows = new Map<string, Row>()
  readonly keys = new Map<string, string>()
  readonly time: Given["time"]
  readonly bug: Bug
  lagMs = 0
  calls = 0
  fault: { readonly kind: Fault; readonly op?: Change["op"] } | undefined
  token = 1
  fields: Array<string> = [...columns]
  deliveries: Array<Delivery> = []
  held: Delivery | undefined
  hookFault: "lost" | "doubled" | "late" | undefined
  #ids = 100

  constructor(time: Given["time"], bug: Bug) {
    this.time = time
    this.bug = bug
  }

  make(record: Record_, stamp = this.time.now()): Row {
    const id = String(++this.#ids)
    const created = new Date(stamp).toISOString()
    const first = { from: this.time.now() + this.lagMs, stamp, record: { ...blank, created, ...record } }
    const row: Row = { id, versions: [first] }
    this.rows.set(id, row)
    this.tell(id)
    return row
  }

  change(row: Row, record: { readonly [column: string]: Json }): void {
    const now = this.time.now()
    row.versions.push({ from: now + this.lagMs, stamp: now, record: { ...newest(row).record, ...record } })
    this.tell(row.id)
  }

  alive(id: string): Row | undefined {
    const row = this.rows.get(id)
    return row?.gone === undefined ? row : undefined
  }

  get living(): ReadonlyArray<Row> {
    return [...this.rows.values()].filter((row) => row.gone === undefined)
  }

  tell(id: string): void {
    const event = `${id}:${this.deliveries.length}:${this.time.now()}`
    const body = new TextEncoder().encode(JSON.stringify({ event, id }))
    const signature = createHmac("sha256", secret).update(body).digest("base64")
    const delivery: Delivery = { method: "POST", url: "https://esl.example.com/hooks", body,
      headers: { "x-model-signature": signature }, receivedAt: this.time.now() }
    const fault = this.hookFault
    this.hookFault = undefined
    if (fault === "lost") return
    if (fault === "late") {
      this.held = delivery
      return
    }
    this.deliveries.push(delivery, ...fault === "doubled" ? [delivery] : [], ...this.held === undefined ? [] : [this.held])
    this.held = undefined
  }
}

const blank = { code: null, text: "", note: "", flag: "green", kids: [], amount: null, wide: null }
const newest = (row: Row): Version => row.versions.at(-1) ?? { from: 0, stamp: 0, record: {} }

/** Which law the mistake breaks is its name. */
export const model = (bug?: Bug): Subject => ({
  name: bug === undefined ? "model.things" : `a connector that breaks: ${bug}`,
  columns: bug === "describes its columns" ? [...columns, "ghost"] : columns,
  page: pageSize,
  lateMs: 60_000,
  settleMs: 0,
  cannot: bug === "skips have their reasons" ? { edit: "nobody edits anything" } : {},
  open: ({ time, vault }) => Effect.sync(() => stage(new Model(time, bug), vault))
})

const stage = (m: Model, vault: Vault): Stage => {
  const row = (id: string): Row => m.rows.get(id) ?? m.make({})
  const fault = (kind: Fault, op?: Change["op"]) => (): void => { m.fault = op === undefined ? { kind } : { kind, op } }
  return {
    connection: connection(m, vault),
    resource: "things",
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, at) => m.make({ text: `thing ${at}`,
        ...made === undefined ? {} : { created: new Date(made).toISOString() } }, stamp).id),
      edit: (id, text) => { m.change(row(id), { text }) },
      remove: (id) => { row(id).gone = { at: m.time.now() } },
      merge: (loser, into) => {
        const survivor = m.make(newest(row(into)).record)
        row(loser).gone = { at: m.time.now(), to: survivor.id }
        row(into).gone = { at: m.time.now(), to: survivor.id }
        return survivor.id
      },
      lag: (ms) => { m.lagMs = ms },
      retentionMs: logMs,
      addField: () => { m.fields.push("x_added"); return "x_added" },
      dropField: () => { m.fields = m.fields.filter((one) => one !== "note"); return "note" },
      look: (id) => {
        const alive = m.alive(id)
        return alive === undefined ? undefined : String(newest(alive).record["text"])
      },
      count: () => m.living.length,
      unknown: "999999",
      textOf: (record) => record["text"]
    },
    ours: {
      create: (nth, text) => ({ code: `C-${nth}`, text }),
      update: (text) => ({ text }),
      bad: { flag: "chequered" },
      locked: { created: "2020-01-01T00:00:00Z" },
      delete: "delete",
      longest: 80,
      children: {
        make: () => m.make({ kids: [{ id: "1", word: "a" }, { id: "2", word: "b" }] }).id,
        patch: () => ({ kids: new Rows([{ id: "1", set: { word: "changed" } }]) }),
        count: (id) => { const kids = newest(row(id)).record["kids"]; return isList(kids) ? kids.length : 0 }
      },
      money: {
        currencies: [["USD", "12.34"], ["JPY", "1200"], ["KWD", "1.234"]],
        patch: (currency, amount) => ({ amount: `${amount} ${currency}` }),
        read: (record) => String(record["amount"]).split(" ")[0]
      },
      wide: { patch: (digits) => ({ wide: digits }), read: (record) => record["wide"] }
    },
    faults: {
      throttle: fault("throttle"), unavailable: fault("unavailable"), lock: fault("lock"), partial: fault("partial"),
      cutBefore: (op) => { fault("cut-before", op)() }, cutAfter: (op) => { fault("cut-after", op)() },
      expire: () => { m.token++ }
    },
    hooks: {
      take: async () => {
        const taken = [...m.deliveries, ...m.held === undefined ? [] : [m.held]]
        m.deliveries = []
        m.held = undefined
        return taken
      },
      fault: (what) => { m.hookFault = what }
    },
    calls: () => m.calls,
    violations: () => m.bug === "names its account" ? ["GET /accounts is not in the schema"] : []
  }
}

// -- its connector

const failure = (reason: Reason): ConnectorError =>
  new ConnectorError({ connection: "model", operation: "call", reason })

const connection = (m: Model, vault: Vault): Connection => ({
  name: "model",
  kind: "model",
  secrets: [],
  open: ({ readOnly }) => Effect.sync(() => session(m, readOnly && m.bug !== "read-only has no writer", vault)),
  receiver: {
    receive: (delivery) => Effect.sync(() => {
      const wanted = createHmac("sha256", secret).update(delivery.body).digest()
      const given = Buffer.from(delivery.headers["x-model-signature"] ?? "", "base64")
      const proved = given.length === wanted.length && timingSafeEqual(given, wanted)
      if (!proved && m.bug !== "a webhook is proved and is a hint") return { _tag: "Rejected", status: 401, why: "not signed" }
      const [, event = "", id = ""] = /"event":"([^"]*)","id":"([^"]*)"/.exec(new TextDecoder().decode(delivery.body)) ?? []
      const key = m.bug === "a webhook sent twice" ? `${event}${Math.floor(m.time.now())}${doubles++}` : event
      return { _tag: "Genuine", key, hints: [{ resource: "things", seen: { _tag: "Hint", id } }] }
    })
  }
})
let doubles = 0

const session = (m: Model, readOnly: boolean, vault: Vault): Session => {
  let token = 0
  /** Renews the token, stores it, and then uses it. */
  const entered: Effect.Effect<void, ConnectorError> = Effect.suspend(() => {
    if (token === m.token) return Effect.void
    if (token > 0 && m.bug?.startsWith("a token expires") === true) return Effect.fail(failure(new Malformed({ message: "401" })))
    const renewed = m.token
    const save = vault.save("model", { accessToken: `t${renewed}` })
    return Effect.map(m.bug === "a renewed token is stored before it is used" ? Effect.ignore(save) : save,
      () => { token = renewed })
  })
  const things: Resource = {
    name: "things",
    reader: reader(m, entered),
    ...readOnly ? {} : { writer: {
      guard: "values", creates: "idempotent", shape: "patch", batch: 50,
      write: (changes, fence) => Effect.gen(function*() {
        yield* entered
        if (m.bug !== "a lost lease sends nothing") yield* fence
        const outcomes = yield* calls(m, changes)
        return m.bug === "one outcome a change, in order" ? outcomes.toReversed() : outcomes
      })
    } },
    describe: Effect.sync(() => ({ name: "things", children: {}, warnings: [], columns: m.fields.map((name) => ({
      name, type: "text", nullable: true, key: false,
      writable: name !== "created",
      ...name.startsWith("x_") && m.bug !== "a field is added" ? { custom: true as const } : {}
    })) }))
  }
  return { account: Effect.succeed("model:1"), discover: Effect.succeed([]), resource: () => things }
}

interface Place { readonly stamp: number; readonly id: string }
/** Where the next pull starts, or where inside a pull. */
interface Mark { readonly stamp: number; readonly place?: Place }

const markOf = (cursor: Cursor | undefined): Mark | undefined => cursor === undefined ? undefined : cursor as never

const reader = (m: Model, entered: Effect.Effect<void, ConnectorError>): Resource["reader"] => ({
  covers: { cursor: "all", listing: true },
  changes: (since, options) => Stream.unwrap(Effect.map(entered, () => {
    const mark = markOf(since)
    const startedAt = m.time.now()
    const back = m.bug === "late rows are found" || m.bug === "a lagging search" || m.bug === "an empty window keeps its place"
      || m.bug === "edits while reading" ? 0 : overlapMs
    const start: Place = mark?.place ?? { stamp: (mark?.stamp ?? -1) - back, id: "" }
    return Stream.paginate({ at: start, top: mark?.stamp ?? 0, count: 0 }, (at) =>
      Effect.as(Effect.andThen(entered, troubled(m)), changed(m, at, options, startedAt)))
  })),
  listing: (resume, options) => Stream.unwrap(Effect.map(entered, () =>
    Stream.paginate(typeof resume === "string" ? resume : "", (after) => Effect.sync(() => {
      const found = m.living.filter((row) => row.id > after).sort((a, b) => a.id < b.id ? -1 : 1)
      const rows = found.slice(0, pageSize)
      const more = found.length > rows.length
      const complete = !more || m.bug === "a listing is complete"
      const seen = m.bug === "a deletion leaves evidence" ? [...m.rows.values()] : rows
      const page: Page = { readAt: m.time.now(), next: rows.at(-1)?.id ?? after, listing: complete ? "complete" : "open",
        seen: seen.map((row) => held(m, row, newest(row), options)) }
      return [[page], more ? Option.some(rows.at(-1)?.id ?? "") : Option.none()] as const
    })))),
  fetch: (ids, options) => Effect.map(Effect.andThen(entered, troubled(m)), () => ({
    readAt: m.time.now(), seen: ids.flatMap((id) => fetched(m, id, options))
  })),
  cursorAt: (since) => ({ stamp: m.bug === "a cursor from a time" ? m.time.now() + 10 * overlapMs : Date.parse(since) })
})

const fetched = (m: Model, id: string, options: ReadOptions): ReadonlyArray<Seen> => {
  const row = m.rows.get(id)
  if (row === undefined && m.bug === "unknown ids are gone") return []
  if (row === undefined && m.bug === "webhooks late, lost, too early") {
    return [{ _tag: "Held", id, record: blank, complete: true }]
  }
  if (row?.gone?.to !== undefined && m.bug !== "a merge is followed") {
    return [{ _tag: "Moved", id, to: row.gone.to, how: "merged" }]
  }
  if (row === undefined || (row.gone !== undefined && m.bug !== "a deleted record is fetched as gone")) {
    return [{ _tag: "Gone", id, evidence: "read" }]
  }
  const one = held(m, row, newest(row), options)
  if (m.bug !== "one record, one shape") return [one]
  return [{ ...one, record: { ...one.record, created: "2026-01-31 10:00:00" } }]
}

interface Pull { readonly at: Place; readonly top: number; readonly count: number }
const changed = (m: Model, at: Pull, options: ReadOptions, startedAt: number) => {
  const now = m.time.now()
  const found = m.living.flatMap((row) => {
    const shown = row.versions.findLast((one) => one.from <= now)
    if (blind(m, shown, at.at) || (m.bug === "edits while reading" && (shown?.stamp ?? 0) > startedAt)) return []
    return shown === undefined || !later(m, { stamp: shown.stamp, id: row.id }, at.at) ? [] : [{ row, shown }]
  }).sort((a, b) => a.shown.stamp - b.shown.stamp || (a.row.id < b.row.id ? -1 : 1))
  const rows = found.slice(0, pageSize)
  const last = rows.at(-1)
  const place = last === undefined ? at.at : { stamp: last.shown.stamp, id: last.row.id }
  const count = at.count + rows.length
  const inside = found.length > rows.length && m.bug !== "reads every page"
  const more = inside && count < (options.limit ?? Infinity)
  const top = m.bug === "an empty window keeps its place" || m.bug === "edits while reading" ? now
    : Math.max(at.top, last?.shown.stamp ?? 0)
  const gone = at.at.stamp < 0 ? [] : [...m.rows.values()].flatMap((row) => left(m, row, at.at.stamp))
  const within: Mark = { stamp: m.bug === "resumes where it was interrupted" ? startedAt + overlapMs + 1_000 : top, ...limited(m, inside, place) }
  const page: Page = { readAt: now, seen: [...gone, ...rows.map(({ row, shown }) => held(m, row, shown, options))],
    next: JSON.parse(JSON.stringify(within)) }
  return [[page], more ? Option.some({ at: place, top, count }) : Option.none()] as const
}

const left = (m: Model, { gone, id }: Row, since: number): ReadonlyArray<Seen> =>
  gone === undefined || gone.at < Math.max(since, m.time.now() - logMs) || m.bug === "a deletion leaves evidence" ? []
    : gone.to === undefined || m.bug === "a merge is followed" ? [{ _tag: "Gone", id, evidence: "feed" }]
    : [{ _tag: "Moved", id, to: gone.to, how: "merged" }]

/** Connectors that ask for the wrong time, or for none when they were away too long. */
const blind = (m: Model, shown: Version | undefined, at: Place): boolean =>
  (m.bug === "three days of silence" && Date.parse(String(shown?.record["created"])) < at.stamp) ||
  (m.bug === "an absence longer than the log" && at.stamp > 0 && at.stamp < m.time.now() - logMs)

/** Inside a pull a cursor says where; a connector that forgets to goes back to the start for ever. */
const limited = (m: Model, inside: boolean, place: Place): Pick<Mark, "place"> =>
  inside && m.bug !== "limits" && m.bug !== "resumes where it was interrupted" ? { place } : {}

const later = (m: Model, one: Place, than: Place): boolean => one.stamp > than.stamp ||
  (m.bug !== "equal stamps over a page border" && one.stamp === than.stamp && one.id > than.id)

const held = (m: Model, row: Row, shown: Version, options: ReadOptions): Extract<Seen, { readonly _tag: "Held" }> => {
  const record: { [column: string]: Json } = {}
  for (const column of options.columns) {
    const known = m.fields.includes(column)
    if (known || m.bug === "a field is taken away") record[column] = known ? shown.record[column] ?? null : null
  }
  return { _tag: "Held", id: row.id, record, complete: true, stamp: { at: new Date(shown.stamp).toISOString(), tier: "R" } }
}

/** A fault of the system met while reading, and how this connector takes it. */
const troubled = (m: Model): Effect.Effect<void, ConnectorError> => Effect.suspend(() => {
  const { fault } = m
  if (fault?.kind !== "throttle" && fault?.kind !== "unavailable") return Effect.void
  m.fault = undefined
  if (fault.kind === "throttle" && m.bug === "a throttled read") return Effect.fail(failure(new Refused({ message: "no" })))
  if (fault.kind === "unavailable" && m.bug === "a server out of order") {
    return Effect.fail(failure(new Malformed({ message: "what is 503?" })))
  }
  return fault.kind === "throttle" ? Effect.sleep(1_000) : Effect.fail(failure(new Unavailable({ message: "503" })))
})

const calls = (m: Model, changes: ReadonlyArray<Change>): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError> =>
  Effect.suspend((): Effect.Effect<ReadonlyArray<Outcome>, ConnectorError> => {
    const { fault } = m
    m.calls += m.bug === "a bad record costs few calls" && changes.some((change) => change.op === "create" &&
      change.patch(undefined)["flag"] !== undefined) ? changes.length : 1
    const all = (): ReadonlyArray<Outcome> => batch(m, changes)
    const fits = fault?.op === undefined || changes.some(({ op }) => op === fault.op)
    if (fault === undefined || !fits) return Effect.sync(all)
    m.fault = undefined
    const every = (did: "unknown" | "unsent" | "written" | "refused"): ReadonlyArray<Outcome> =>
      changes.map((change): Outcome => did === "written" ? { did, id: "id" in change ? change.id : "0" }
        : did === "refused" ? { did, cause: "locked" } : { did })
    switch (fault.kind) {
      case "throttle":
        return m.bug === "a throttled write" ? Effect.succeed(every("unknown"))
          : Effect.andThen(Effect.sleep(1_000), Effect.sync(all))
      case "unavailable":
        if (m.bug === "a failed create is not doubled") { all(); m.keys.clear(); return Effect.sync(() => twice(m, changes)) }
        return m.bug === "a write to a server out of order" ? Effect.succeed(every("written"))
          : Effect.fail(failure(new RateLimited({ message: "come back later" })))
      case "lock":
        return m.bug === "a row lock" ? Effect.succeed(every("refused"))
          : Effect.andThen(Effect.sleep(500), Effect.sync(all))
      case "cut-before":
        return Effect.succeed(every(m.bug === "a lost request" ? "written" : "unknown"))
      case "cut-after":
        all()
        if (m.bug === "a lost answer to a create") m.keys.clear()
        return Effect.succeed(every(m.bug === "a lost answer to an update" ? "unsent" : "unknown"))
      case "partial": {
        if (m.bug === "one record of a batch fails") return Effect.succeed(every("unsent"))
        const [first, ...rest] = changes
        return Effect.sync(() => [...first === undefined ? [] : [{ did: "unsent" } as const], ...batch(m, rest)])
      }
    }
  })

const twice = (m: Model, changes: ReadonlyArray<Change>): ReadonlyArray<Outcome> => {
  for (const change of changes) if (change.op === "create") m.make({ text: "doubled" })
  return changes.map(() => ({ did: "unknown" }))
}

const batch = (m: Model, changes: ReadonlyArray<Change>): ReadonlyArray<Outcome> => {
  const ids = changes.map((change) => change.op === "create" ? change.attempt : change.id)
  if (m.bug === "one record twice in a batch" && new Set(ids).size < ids.length) {
    return changes.map(() => ({ did: "refused", cause: "duplicates in the batch" }))
  }
  const outcomes = changes.map((change) => one(m, change))
  const bad = outcomes.some(({ did }) => did === "refused")
  const whole = (m.bug === "a bad record costs only itself" || m.bug === "a bad update costs only itself") && bad
  if (whole) return changes.map(() => ({ did: "refused", cause: "the batch was refused" }))
  const gone = outcomes.some(({ did }) => did === "gone")
  return m.bug === "deleted under our hands" && gone ? changes.map(() => ({ did: "gone" })) : outcomes
}

const one = (m: Model, change: Change): Outcome => {
  if (change.op === "create") return create(m, change)
  const row = m.alive(change.id)
  if (row === undefined) return { did: "gone" }
  const now = newest(row).record
  if (m.bug !== "an unseen edit is not overwritten" && !change.expect.holds(now)) {
    if (m.bug !== "deletes") return { did: "moved", now: held(m, row, newest(row), { columns }) }
  }
  if (change.op === "remove") {
    row.gone = { at: m.time.now() }
    return { did: "written", id: row.id }
  }
  const old = row.versions.at(-2)?.record ?? now
  const patch = change.patch(m.bug === "a patch sees the record as it stands" ? old : now)
  const fitting = checked(m, patch, now)
  if ("did" in fitting) return fitting
  m.change(row, fitting.columns)
  return answered(m, row, fitting.withheld)
}

const create = (m: Model, change: Change & { readonly op: "create" }): Outcome => {
  const known = m.bug === "one key, one record" ? undefined : m.alive(m.keys.get(change.idempotencyKey) ?? "")
  if (known !== undefined) return answered(m, known, [])
  const fitting = checked(m, change.patch(undefined), blank)
  if ("did" in fitting) return fitting
  const taken = m.living.find((row) => newest(row).record["code"] === fitting.columns["code"])
  const lax = m.bug === "two creates of one key in a batch" || m.bug === "a value that is taken" || m.bug === "one key, one record"
  const fault = m.bug === "a lost answer to a create" && m.keys.size === 0
  if (taken !== undefined && !lax && !fault) return { did: "exists", id: taken.id }
  const row = m.make(fitting.columns)
  m.keys.set(change.idempotencyKey, row.id)
  return answered(m, row, fitting.withheld)
}

interface Withheld { readonly path: string; readonly cause: string }
const answered = (m: Model, row: Row, withheld: ReadonlyArray<Withheld>): Outcome => {
  const after = held(m, row, newest(row), { columns })
  const echoes = m.bug === "no echo by poll" || m.bug === "no echo by webhook"
  const shown = echoes ? { ...after, record: { ...after.record, text: "as it was sent, not as it is" } } : after
  return { did: "written", id: row.id, after: shown, ...withheld.length === 0 ? {} : { withheld } }
}

type Fitting = { readonly columns: { [column: string]: Json }
  readonly withheld: Array<Withheld> } | (Outcome & { readonly did: "refused" })

const checked = (m: Model, patch: Patch, now: { readonly [column: string]: Json }): Fitting => {
  const fitting = { columns: {} as { [column: string]: Json }, withheld: [] as Array<Withheld> }
  for (const [column, value] of Object.entries(patch)) {
    if (column === "created") {
      if (m.bug !== "a read-only column") fitting.withheld.push({ path: column, cause: "read-only" })
      continue
    }
    if (column === "flag" && value !== "green") return { did: "refused", path: column, cause: "flag is not in the list" }
    if (typeof value === "string" && column === "text" && value.length > 80 && m.bug !== "texts that are too long") {
      return { did: "refused", path: column, cause: "text is longer than 80" }
    }
    fitting.columns[column] = value instanceof Rows ? kids(m, value, now["kids"]) : altered(m, column, value)
  }
  return fitting
}

const kids = (m: Model, rows: Rows, now: Json | undefined): Json => {
  const list = isList(now) ? now.filter(isRecord) : []
  if (m.bug === "child rows stay") return rows.rows.map((row) => ({ id: row.id ?? "", ...row.set }))
  return list.map((kid) => ({ ...kid, ...rows.rows.find((row) => row.id === kid["id"])?.set }))
}

/** What careless connectors make of values. */
const altered = (m: Model, column: string, value: Json): Json => {
  if (typeof value !== "string") return value
  if (m.bug === "texts that are too long" && column === "text") return value.slice(0, 80)
  if ((m.bug === "hostile texts" || m.bug === "hostile texts in creates") && column === "text") return value.normalize("NFKC").trim()
  if (m.bug === "money with no and three decimals" && column === "amount") {
    return `${Number(value.split(" ")[0]).toFixed(2)} ${value.split(" ")[1] ?? ""}`
  }
  return m.bug === "64-bit numbers" && column === "wide" ? String(Number(value)) : value
}
