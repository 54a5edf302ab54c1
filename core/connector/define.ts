/** `defineConnector`: a connection to an HTTP system out of a declaration of its API and its resources. */
import { Effect, Stream } from "effect"
import type { Mapping } from "../mapping/mapping.ts"
import type { Api, ApiOptions, Dialect } from "./api.ts"
import type { Authorizing } from "./auth/tokens.ts"
import type { Authorize } from "./authorize.ts"
import type { Connection, Resource, Session } from "./connector.ts"
import { ConnectorError, Malformed, Stale } from "./errors.ts"
import type { Health, SetupStep } from "./health.ts"
import { declared } from "./participant.ts"
import type { Declared, Promises } from "./participant.ts"
import { at } from "./rest/flat.ts"
import { inlineSecret } from "./secret.ts"
import type { Receiver } from "./webhook.ts"

/** What a resource gets when its connection is opened. */
export interface Opened {
  readonly name: string
  readonly api: Api
  readonly readOnly: boolean
  /** The names by which the mappings' lists speak of a child collection's rows. */
  readonly rowNames: (child: string) => ReadonlyArray<string>
}

/** One kind of record, before the connection is opened; `rest()` makes one. */
export interface ResourceDeclaration {
  readonly promises: Promises
  readonly open: (opened: Opened) => Resource
}

export interface ConnectorOptions<R extends { readonly [resource: string]: ResourceDeclaration }> {
  /** Name of the connection in the config. */
  readonly name: string
  /** Kind of system, e.g. `loyalty`. */
  readonly kind: string
  /** `https://api.example.com/v1`. */
  readonly base: string
  /** Other origins that its links may lead to. */
  readonly origins?: ReadonlyArray<string>
  readonly authorization?: Authorizing
  /** Where a person has to let ESL in: `esl auth` walks this way. */
  readonly authorize?: Authorize
  readonly headers?: { readonly [name: string]: string }
  /** Its errors, limits and request ids. */
  readonly dialect: Dialect
  /** Concurrency, reserve, limits known beforehand; tries and time-outs. */
  readonly limits?: Pick<ApiOptions, "lane" | "attempts" | "withinMs" | "connectMs" | "timeoutMs" | "maxBytes">
  /** Where the account's id stands: the hub is bound to it. */
  readonly account: { readonly path: string; readonly id: string }
  readonly resources: R
  readonly health?: (api: Api) => Effect.Effect<Partial<Health>, ConnectorError>
  readonly setup?: (api: Api) => Effect.Effect<ReadonlyArray<SetupStep>, ConnectorError>
  readonly receiver?: Receiver
}

export type DefinedConnection<R> = Connection & { readonly [resource in keyof R]: Declared }

export const defineConnector = <const R extends { readonly [resource: string]: ResourceDeclaration }>(
  options: ConnectorOptions<R>
): DefinedConnection<R> => {
  const names = new Map<string, ReadonlyMap<string, ReadonlyArray<string>>>()
  const faults = faultsOf(options)
  const connection: Connection = {
    name: options.name,
    kind: options.kind,
    secrets: options.authorization?.secrets ?? [],
    faults,
    open: ({ readOnly, vault }) => Effect.gen(function*() {
      const [fault] = faults
      if (fault !== undefined) return yield* failure(options.name, "open", fault.message)
      const authorization = yield* options.authorization?.open({ connection: options.name, vault }) ?? Effect.undefined
      const { makeApi } = yield* Effect.promise(() => import("./api.ts"))
      const api = yield* makeApi({
        connection: options.name, base: options.base, dialect: options.dialect, ...options.limits,
        ...(options.origins === undefined ? {} : { origins: options.origins }),
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        ...(authorization === undefined ? {} : { authorization })
      })
      return sessionOf(options, api, readOnly, names)
    }),
    ...(options.receiver === undefined ? {} : { receiver: options.receiver }),
    ...(options.authorize === undefined ? {} : { authorize: options.authorize })
  }
  const resources = Object.fromEntries(Object.entries(options.resources).map(([name, { promises }]) => [name, {
    ...declared(connection, name, promises),
    as: (mapping: Mapping, chosen: Parameters<Declared["as"]>[1]) => {
      names.set(name, rowNamesOf(mapping))
      return declared(connection, name, promises).as(mapping, chosen)
    }
  }]))
  // Every key of `resources` is there, which `Object.fromEntries` cannot say.
  return { ...connection, ...resources } as DefinedConnection<R>
}

const sessionOf = (
  options: ConnectorOptions<{ readonly [resource: string]: ResourceDeclaration }>, api: Api, readOnly: boolean,
  names: ReadonlyMap<string, ReadonlyMap<string, ReadonlyArray<string>>>
): Session => {
  const { account, health, name: connection, resources, setup } = options
  const open = new Map(Object.entries(resources).map(([name, declaration]) => [name, declaration.open({
    name, api, readOnly, rowNames: (child) => names.get(name)?.get(child) ?? []
  })]))
  return {
    account: Effect.flatMap(api.read({ operation: "account", method: "GET", path: account.path }), ({ json }) => {
      const id = at(json, account.id)
      return typeof id === "string" || typeof id === "number" ? Effect.succeed(String(id)) : Effect.fail(
        api.fail("account", new Malformed({ message: `GET ${account.path} answers no ${account.id}` })))
    }),
    discover: Effect.forEach([...open.values()], (resource) => resource.describe),
    resource: (name) => open.get(name) ?? missing(connection, name),
    health: Effect.gen(function*() {
      const told = health === undefined ? {} : yield* health(api)
      return { missing: [], limits: yield* api.lane.budgets, sideEffects: [], notes: [], proved: "never", ...told }
    }),
    ...(setup === undefined ? {} : { setup: setup(api) })
  }
}

/** A resource that fails with a sentence: `Session.resource` itself has no way to. */
const missing = (connection: string, name: string): Resource => {
  const error = failure(connection, name, `no resource is declared as ${name}`)
  return { name, describe: Effect.fail(error), reader: {
    covers: { cursor: [], listing: false },
    fetch: () => Effect.fail(error), changes: () => Stream.fail(error), listing: () => Stream.fail(error)
  } }
}

const failure = (connection: string, operation: string, message: string): ConnectorError =>
  new ConnectorError({ connection, operation, reason: new Stale({ message }) })

/** The names by which a mapping's lists speak of child rows, by child collection. */
const rowNamesOf = (mapping: Mapping): ReadonlyMap<string, ReadonlyArray<string>> => {
  const names = new Map<string, ReadonlyArray<string>>()
  for (const { columns, ids } of mapping.fields.values()) {
    if (ids?.kind === "ext") for (const child of columns) names.set(child, [...names.get(child) ?? [], ids.resource])
  }
  return names
}

const ofConnections: ReadonlyArray<string> = ["name", "kind", "secrets", "faults", "open", "receiver"]

const faultsOf = (
  options: ConnectorOptions<{ readonly [resource: string]: ResourceDeclaration }>
): ReadonlyArray<{ readonly option: string; readonly message: string }> => {
  const faults: Array<{ readonly option: string; readonly message: string }> = []
  const url = URL.canParse(options.base) ? new URL(options.base) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    faults.push({ option: "base", message: "the address of the API starts with https://" })
  } else if (url.protocol === "http:" && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
    faults.push({ option: "base", message: "credentials would go over plain http: use https://" })
  }
  const written = inlineSecret("base", options.base)
  if (written !== undefined) faults.push({ option: "base", message: written })
  for (const name of Object.keys(options.resources).filter((one) => ofConnections.includes(one))) {
    faults.push({ option: name, message: `a resource cannot be called ${name}: every connection has one` })
  }
  return faults
}
