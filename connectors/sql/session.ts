/** An open connection: its resources, made when they are first asked for. */
import { Effect } from "effect"
import type { Connection, Resource, ResourceInfo, Session } from "../../core/connector/connector.ts"
import { ConnectorError, Stale } from "../../core/connector/errors.ts"
import { runner } from "../../core/io/sql/dialect.ts"
import type { Database, Run } from "../../core/io/sql/dialect.ts"
import { discoverAll, infoOf } from "./discover.ts"
import { layoutOf } from "./layout.ts"
import type { Declaration, Layout } from "./layout.ts"
import { clockOf, defaultOverlapMs, makeReader } from "./reader.ts"
import type { Source } from "./reader.ts"
import type { Zone } from "./stamp.ts"
import { makeWriter } from "./writer.ts"

/** What `index.ts` knows when the database is open. */
export interface Opened {
  readonly connection: Connection["name"]
  readonly database: Database
  readonly options: { readonly schema?: string; readonly zone?: string; readonly overlap?: number }
  readonly readOnly: boolean
  readonly zone: Source["zone"]
  readonly declarations: ReadonlyMap<string, Declaration>
  readonly fail: (operation: string, error: unknown) => ConnectorError
}

export const session = (known: Omit<Opened, "zone">): Session => {
  const { database, fail, options } = known
  const run = runner(database.kysely, database.dialect)
  let asked: Zone | undefined = options.zone
  const opened: Opened = {
    ...known,
    zone: Effect.suspend(() => asked !== undefined ? Effect.succeed(asked)
      : Effect.map(clockOf({ database, run, fail }), ({ zone }) => asked = zone))
  }
  const attempt = <A>(operation: string, work: () => Promise<A>): Effect.Effect<A, ConnectorError> =>
    Effect.tryPromise({ try: work, catch: (error) => fail(operation, error) })
  const made = new Map<string, Resource>()
  return {
    account: attempt("account", () => database.dialect.account(run)),
    discover: attempt("discover", () => discoverAll(database, run, options.schema)),
    resource: (name) => {
      const known = made.get(name)
      if (known !== undefined) return known
      const resource = resourceOf(opened, run, name)
      made.set(name, resource)
      return resource
    }
  }
}

const resourceOf = (opened: Opened, run: Run, name: string): Resource => {
  const { database, fail, options, readOnly } = opened
  const declaration = opened.declarations.get(name)
  const unknown = new ConnectorError({ connection: opened.connection, operation: name,
    reason: new Stale({ message: `no table is declared as ${name}` }) })
  let kept: Layout | undefined
  const layout: Effect.Effect<Layout, ConnectorError> = declaration === undefined ? Effect.fail(unknown)
    : Effect.suspend(() => kept !== undefined ? Effect.succeed(kept)
    : Effect.tryPromise({
      try: async () => kept = await layoutOf(database, run, options.schema, declaration),
      catch: (error) => fail(name, error)
    }))
  const source: Source = {
    connection: opened.connection, database, run, layout, zone: opened.zone,
    overlapMs: options.overlap === undefined ? defaultOverlapMs : options.overlap * 60_000,
    fail: (operation, error) => fail(`${name}: ${operation}`, error)
  }
  const { covers, creates, guard } = promisesOf(declaration)
  return {
    name,
    reader: makeReader(source, covers, declaration?.options.changed !== undefined),
    ...(readOnly ? {} : { writer: makeWriter(source,
      { guard, creates, columns: declaration?.columns, rowNames: declaration?.rowNames ?? new Map() }) }),
    describe: Effect.flatMap(layout, (known) => Effect.succeed<ResourceInfo>(infoOf(known)))
  }
}

/** What a declaration promises without a look at the database. */
const promisesOf = (declaration: Declaration | undefined) => {
  const options = declaration?.options
  const shape = declaration?.shape
  const guard: "version" | "values" = options?.version === undefined ? "values" : "version"
  const creates = declaration?.creates ?? "once"
  if (options?.changed === undefined) return { guard, creates, covers: { cursor: "all" as const, listing: true } }
  const joins = Object.entries(options.joins ?? {})
  const blind = (column: string): boolean => joins.some(([name, join]) => join.changed === undefined
    && column.startsWith(`${name}.`))
  const children = Object.entries(options.children ?? {}).flatMap(([name, child]) => child.changed === undefined ? []
    : [name])
  return { guard, creates, covers: { cursor: [...[...shape?.columns.keys() ?? []].filter((column) => !blind(column)),
    ...children], listing: true } }
}
