/**
 * A plan as a file: one JSON object a line, a header, rows, and a last line that proves it whole. Addresses and
 * fingerprints only; no value leaves the hub.
 */
import { closeSync, createReadStream, openSync, renameSync, rmSync, writeSync } from "node:fs"
import { createInterface } from "node:readline"
import { Effect, Schema } from "effect"
import type { Scope } from "./project.ts"
import { Usage } from "./failure.ts"
import type { PreviewRow } from "./preview.ts"

const Limits = Schema.Struct({
  syncs: Schema.optionalKey(Schema.Array(Schema.String)),
  connections: Schema.optionalKey(Schema.Array(Schema.String)),
  ids: Schema.optionalKey(Schema.Array(Schema.String)),
  limit: Schema.optionalKey(Schema.Number),
  createsOnly: Schema.optionalKey(Schema.Boolean),
  linksOnly: Schema.optionalKey(Schema.Boolean)
})

const Header = Schema.Struct({ esl: Schema.Literal("plan"), version: Schema.Literal(1), scope: Limits })

/** `to`: the record that changes; `from`: the record that a new one is made of. */
const Row = Schema.Struct({
  sync: Schema.String,
  side: Schema.String,
  op: Schema.Literals(["create", "update", "remove"]),
  to: Schema.optionalKey(Schema.String),
  from: Schema.String,
  base: Schema.String,
  patch: Schema.String
})
const End = Schema.Struct({ end: Schema.Literal(true), rows: Schema.Number })

export type PlanRow = typeof Row.Type

export interface PlanFile {
  readonly scope: Scope
  readonly rows: ReadonlyArray<PlanRow>
}

export const planRow = (row: PreviewRow): PlanRow => ({
  sync: row.sync,
  side: row.side,
  op: row.op,
  from: row.from,
  base: row.base,
  patch: row.patch,
  ...(row.ext === undefined ? {} : { to: row.ext })
})

export interface PlanWriter {
  readonly add: (row: PlanRow) => Effect.Effect<void>
  /** The file appears under its name only now, whole. */
  readonly close: Effect.Effect<number>
}

/** Readable by its owner alone. A plan that is not closed leaves nothing behind. */
export const planWriter = Effect.fnUntraced(function*(path: string, scope: Scope | undefined) {
  const partial = `${path}.partial`
  let rows = 0
  let closed = false
  const fd = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        rmSync(partial, { force: true })
        return openSync(partial, "wx", 0o600)
      },
      catch: () => new Usage({ message: `${path}: cannot be written` })
    }),
    (open) => Effect.sync(() => {
      closeSync(open)
      if (!closed) rmSync(partial, { force: true })
    })
  )
  const line = (json: unknown) => Effect.sync(() => void writeSync(fd, `${JSON.stringify(json)}\n`))
  yield* line({ esl: "plan", version: 1, scope: scope ?? {} })
  const writer: PlanWriter = {
    add: (row) => Effect.tap(line(row), () => Effect.sync(() => rows++)),
    close: Effect.suspend(() => Effect.andThen(line({ end: true, rows }), Effect.sync(() => {
      renameSync(partial, path)
      closed = true
      return rows
    })))
  }
  return writer
})

const decode = <A>(schema: Schema.Codec<A, unknown>, path: string, line: string) =>
  Effect.try({
    try: () => Schema.decodeUnknownSync(schema)(JSON.parse(line)),
    catch: () => new Usage({ message: `${path}: this is no plan that \`esl plan -o\` wrote` })
  })

export const readPlan = Effect.fnUntraced(function*(path: string): Effect.fn.Return<PlanFile, Usage> {
  const lines = yield* Effect.tryPromise({
    try: async () => {
      const read: Array<string> = []
      for await (const line of createInterface({ input: createReadStream(path) })) read.push(line)
      return read
    },
    catch: () => new Usage({ message: `${path}: cannot be read` })
  })
  const { scope } = yield* decode(Header, path, lines[0] ?? "")
  const rows: Array<PlanRow> = []
  for (const line of lines.slice(1, -1)) rows.push(yield* decode(Row, path, line))
  const end = yield* decode(End, path, lines.at(-1) ?? "")
  if (lines.length < 2 || end.rows !== rows.length) {
    return yield* new Usage({ message: `${path}: the plan is not whole; make it again` })
  }
  return { scope, rows }
})
