/** SQL databases: `sql("erp", { url: secret("ERP_URL") }).table("DEBTOR", Debtor, { key: "DEBTOR_NO" })`. */
import { Effect, Redacted } from "effect"
import { inlineSecret, Secret } from "../../core/connector/secret.ts"
import type { Connection, ResourceInfo, Session } from "../../core/connector/connector.ts"
import { ConnectorError, Malformed, Refused, Stale, Unauthorized, Unavailable } from "../../core/connector/errors.ts"
import type { Reason } from "../../core/connector/errors.ts"
import { declared } from "../../core/connector/participant.ts"
import type { Declared } from "../../core/connector/participant.ts"
import type { Mapping } from "../../core/mapping/mapping.ts"
import type { Database } from "../../core/io/sql/dialect.ts"
import { shapeOf } from "./records.ts"
import type { RecordSchema } from "./records.ts"
import type { Declaration, TableOptions } from "./layout.ts"
import { validZone } from "./stamp.ts"

export type { ChildOptions, JoinOptions, TableOptions } from "./layout.ts"

export interface SqlOptions {
  /** `postgres://`, `mysql://`, `mariadb://`, `mssql://` or `sqlite:file.db`; with a password only as a secret. */
  readonly url: string | Secret
  /** Schema (PostgreSQL, SQL Server) where tables are looked up; default the connection's own. */
  readonly schema?: string
  /** IANA zone of timestamps without one; default the server's. */
  readonly zone?: string
  /** How long a transaction there may take, in minutes; changes are read again this far back. Default 10. */
  readonly overlap?: number
}

/** A transaction ends with its session: soon after a client died, what it sent is committed or rolled back. */
const createWaitMs = 15_000

export interface SqlConnection extends Connection {
  readonly table: <S extends RecordSchema>(table: string, schema: S, options: TableOptions) => Declared
}

/** A database as a connection. Nothing is opened, and no driver loaded, before `open`. */
export const sql = (name: string, options: SqlOptions): SqlConnection => {
  const declarations = new Map<string, Declaration>()
  const faults = faultsOf(options)
  const connection: Connection = {
    name,
    kind: "sql",
    secrets: options.url instanceof Secret ? [options.url.name] : [],
    faults,
    open: ({ readOnly }) => Effect.gen(function*() {
      const [fault] = faults
      if (fault !== undefined) return yield* failure(name, "open", new Unauthorized({ message: fault.message }))
      const url = options.url instanceof Secret
        ? yield* Effect.mapError(options.url.read, (error) =>
          failure(name, "open", new Unauthorized({ message: error.message })))
        : Redacted.make(options.url)
      const database = yield* Effect.acquireRelease(
        Effect.tryPromise({ try: () => connect(Redacted.value(url), readOnly),
          catch: (error) => failed(name, "open", error) }),
        (opened) => Effect.promise(() => opened.close().catch(() => undefined))
      )
      const { session } = yield* Effect.promise(() => import("./session.ts"))
      return session({ connection: name, database, options, readOnly, declarations,
        fail: (operation, error) => failed(name, operation, error) }) satisfies Session
    })
  }
  return {
    ...connection,
    table: (table, schema, declaration) => {
      const resource = declaration.resource ?? table
      const fresh: Declaration = {
        table, options: declaration, shape: shapeOf(schema), creates: "once", columns: undefined, rowNames: new Map()
      }
      if (declarations.has(resource)) {
        faults.push({ option: resource, message: `${resource} is declared twice: give one of them another \`resource\`` })
      }
      declarations.set(resource, fresh)
      return {
        ...declared(connection, resource),
        as: (mapping, chosen) => {
          const creates = writesKey(mapping, declaration) ? "idempotent" : "once"
          const columns = new Set(mapping.columns)
          declarations.set(resource, { ...fresh, creates, columns, rowNames: rowNamesOf(mapping) })
          return declared(connection, resource, { guard: declaration.version === undefined ? "values" : "version",
            creates, createWaitMs }).as(mapping, chosen)
        }
      }
    }
  }
}

/** The names by which a mapping's lists speak of child rows, by child collection. */
const rowNamesOf = (mapping: Pick<Mapping, "fields">): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = new Map<string, ReadonlyArray<string>>()
  for (const { columns, ids } of mapping.fields.values()) {
    if (ids?.kind === "ext") for (const child of columns) names.set(child, [...names.get(child) ?? [], ids.resource])
  }
  return names
}

/** A create whose key the mapping sets meets itself when it is sent twice. */
const writesKey = (mapping: Pick<Mapping, "fields" | "constants">, { key }: TableOptions): boolean => {
  const written = new Set([...mapping.fields.values()].flatMap((field) => field.direction === "in" ? [] : field.columns))
  return (typeof key === "string" ? [key] : key).every((column) => written.has(column) || column in mapping.constants)
}

const faultsOf = (options: SqlOptions): Array<{ option: string; message: string }> => {
  const faults: Array<{ option: string; message: string }> = []
  const { url, zone } = options
  if (typeof url === "string") {
    const written = inlineSecret("url", url)
    if (written !== undefined) faults.push({ option: "url", message: written })
    if (!/^(postgres(ql)?|mysql|mariadb|mssql|sqlserver):\/\/|^sqlite:/.test(url)) faults.push({ option: "url",
      message: "the url starts with postgres://, mysql://, mariadb://, mssql:// or sqlite:" })
  }
  if (zone !== undefined && !validZone(zone)) faults.push({ option: "zone",
    message: `${zone} is no time zone; name one like Europe/Berlin` })
  if (options.overlap !== undefined && !(options.overlap > 0)) faults.push({ option: "overlap",
    message: "overlap is a number of minutes above 0" })
  return faults
}

const connect = async (url: string, readOnly: boolean): Promise<Database> => {
  const scheme = url.slice(0, url.indexOf(":")).toLowerCase()
  if (scheme === "sqlite") return (await import("../../core/io/sql/sqlite.ts")).open({ file: fileOf(url), readOnly })
  if (scheme === "mysql" || scheme === "mariadb") return (await import("../../core/io/sql/mysql.ts")).open({ url,
    readOnly })
  if (scheme === "mssql" || scheme === "sqlserver") return (await import("../../core/io/sql/mssql.ts")).open({ url, readOnly })
  return (await import("../../core/io/sql/pg.ts")).open({ url, readOnly })
}

const fileOf = (url: string): string => {
  const file = url.slice("sqlite:".length)
  return file.startsWith("///") ? file.slice(2) : file
}

const failure = (connection: string, operation: string, reason: Reason): ConnectorError =>
  new ConnectorError({ connection, operation, reason })

/** Drivers' failures in the words of connectors; what is no failure of the database is a defect of ours. */
const failed = (connection: string, operation: string, error: unknown): ConnectorError => {
  if (error instanceof ConnectorError) return error
  // Duck-typed: the class lives in a module that must not be loaded before a connection is opened.
  if (!(error instanceof Error) || error.name !== "SqlFailure" || !("kind" in error)) {
    return failure(connection, operation, new Malformed({ message: error instanceof Error ? `${error.name} inside the connector` : "an unknown error inside the connector" }))
  }
  const message = error.message
  switch (error.kind) {
    case "denied": return failure(connection, operation, new Unauthorized({ message }))
    case "missing": return failure(connection, operation, new Stale({ message }))
    case "busy": case "offline": case "full": return failure(connection, operation, new Unavailable({ message }))
    default: return failure(connection, operation,
      new Refused({ message, ..."code" in error ? { code: String(error.code) } : {} }))
  }
}

export type { ResourceInfo }
