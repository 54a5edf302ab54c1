/** `esl check`: the config, then every connection behind it; everything that is wrong at once. */
import { Clock, Effect, Stream } from "effect"
import { describe } from "../core/index.ts"
import type { ResourceInfo } from "../core/connector/connector.ts"
import type { Reader } from "../core/connector/connector.ts"
import type { ConnectorError } from "../core/connector/errors.ts"
import { remedy } from "../core/connector/errors.ts"
import { adviceFor } from "../core/engine/failure.ts"
import type { Place, Project, Sync } from "../core/engine/project.ts"
import { Systems } from "../core/engine/systems.ts"
import { checkLaws, formatBreach } from "../core/testing/laws.ts"
import { HubStore } from "../core/hub/store.ts"
import { whole } from "./arguments.ts"
import { columnFaults, lengthFaults } from "./columns.ts"
import { load } from "./config.ts"
import { exits, faultLine } from "./failure.ts"
import type { Found } from "./found.ts"
import { healthOf, printHealth } from "./health.ts"
import type { Checked } from "./health.ts"
import { hubOf } from "./hub.ts"
import type { Output } from "./output.ts"
import { count } from "./render.ts"
import type { Run } from "./run.ts"

interface Looking {
  /** Records read from each side for the laws. */
  readonly sample: number
  readonly personal: boolean
}

const sampled = 100

export const run: Run = (args, out) => Effect.gen(function*() {
  const { file, hub, project, warnings } = yield* load(args)
  const found: Found = { faults: [], warnings: [...warnings] }
  const checked: Array<Checked> = []
  const described = new Map<string, ResourceInfo>()
  const looking: Looking = { sample: whole(args, "sample") ?? sampled, personal: out.personal }
  if (!args.flags.has("offline")) {
    yield* Effect.gen(function*() {
      for (const connection of project.connections.keys()) {
        const { infos, health } = yield* connected(project, connection, looking, found)
        checked.push(health)
        for (const [side, info] of infos) described.set(side, info)
      }
    }).pipe(
      Effect.provide(Systems.layer(project.connections, { readOnly: true })),
      Effect.provide(hubOf(hub))
    )
  }
  for (const sync of project.syncs) lengthFaults(sync, described, found)
  for (const { sync, place } of placesOf(project)) policyWarnings(sync, place, found)
  print(out, file, project, checked, found)
  return found.faults.length > 0 ? exits.failed : exits.done
})

/** A system that cannot be reached says itself what to do. */
const messageOf = (error: ConnectorError): string =>
  remedy(error.reason) === "retry" ? error.reason.message : `${error.reason.message}: ${adviceFor(error)}`

const placesOf = (project: Project): ReadonlyArray<{ readonly sync: Sync; readonly place: Place }> =>
  project.syncs.flatMap((sync) => sync.places.map((place) => ({ sync, place })))

/** One connection: reachable, the account this hub is for, its health, and every resource as the config says it is. */
const connected = Effect.fnUntraced(function*(project: Project, connection: string, looking: Looking, found: Found) {
  const systems = yield* Systems
  const places = placesOf(project).filter(({ place }) => place.connection === connection)
  const infos = new Map<string, ResourceInfo>()
  const fault = (at: string) => (error: ConnectorError) => Effect.sync(() => {
    found.faults.push({ at, message: messageOf(error) })
  })
  const health = yield* Effect.gen(function*() {
    const session = yield* systems.session(connection)
    const account = yield* session.account
    yield* bound(connection, account, found)
    for (const { sync, place } of places) {
      yield* described(sync, place, looking, found).pipe(
        Effect.map((info) => { infos.set(place.side, info) }), Effect.catch(fault(place.side)))
    }
    return yield* Effect.catch(healthOf(connection, session, account, found), (error) =>
      Effect.as(fault(connection)(error), { connection, reachable: true, account } satisfies Checked))
  }).pipe(Effect.catchTag("ConnectorError", (error) =>
    Effect.as(fault(connection)(error), { connection, reachable: false } satisfies Checked)))
  return { infos, health }
})

/** Ids of one account mean nothing in another: the hub learns the account here and refuses any other (DESIGN 6). */
const bound = Effect.fnUntraced(function*(connection: string, account: string, found: Found) {
  const store = yield* HubStore
  const known = yield* store.connection(connection)
  if (known?.account !== undefined && known.account !== account) {
    found.faults.push({
      at: connection,
      message: "this is another account or database than the one this hub was made for: name a new hub in the config"
    })
    return
  }
  yield* store.saveConnection({ connection, account, checkedAt: yield* Clock.currentTimeMillis })
})

const described = Effect.fnUntraced(function*(sync: Sync, place: Place, looking: Looking, found: Found) {
  const systems = yield* Systems
  const resource = yield* systems.resource(place.connection, place.resource)
  const info = yield* resource.describe
  for (const message of info.warnings) found.warnings.push({ at: place.side, message })
  columnFaults(sync, place, info, found)
  const { cursor, listing } = resource.reader.covers
  const unseen = cursor === "all" ? [] : [...place.policy.mapping.fields.values()]
    .filter((field) => field.direction !== "out" && !field.columns.every((column) => cursor.includes(column)))
    .map((field) => field.path)
  if (unseen.length > 0) {
    found.warnings.push({
      at: place.side,
      message: `changes of ${unseen.join(", ")} do not move the cursor: only esl sync --sweep sees them, so run it regularly`
    })
  }
  yield* lawful(place, resource.reader, looking, found)
  if (!listing) found.warnings.push({ at: place.side, message: "cannot be listed completely: deletions there are not seen" })
  return info
})

/** Laws L1 to L7 on records as they really are, and how many of them a field cannot read. */
const lawful = Effect.fnUntraced(function*(place: Place, reader: Reader, looking: Looking, found: Found) {
  const { mapping } = place.policy
  if (mapping.record === undefined) return
  const pages = yield* reader.changes(undefined, { columns: place.columns, limit: looking.sample }).pipe(
    Stream.take(1), Stream.runCollect
  )
  const samples = [...pages].flatMap((page) => page.seen).slice(0, looking.sample)
    .flatMap((seen) => seen._tag === "Held" ? [seen.record] : [])
  const unreadable = new Map<string, number>()
  for (const record of samples) {
    for (const [path, obs] of mapping.read(record)) {
      if (obs._tag !== "Invalid") continue
      const why = `${path}: ${obs.why}`
      unreadable.set(why, (unreadable.get(why) ?? 0) + 1)
    }
  }
  for (const [why, n] of unreadable) {
    found.warnings.push({ at: place.side, message: `${n} of ${samples.length} records cannot be read in ${why}; the field is withheld there` })
  }
  for (const breach of checkLaws(mapping, undefined, { samples, runs: 0 }).breaches) {
    found.faults.push({ at: `${place.side}.${breach.path}`, message: formatBreach(breach, { personal: looking.personal }) })
  }
})

const policyWarnings = (sync: Sync, place: Place, found: Found): void => {
  if (place.policy.readOnly) return
  if (place.policy.guard === "none") {
    found.warnings.push({ at: place.side, message: "writes there are not guarded: an edit made between our reading and our writing is lost" })
  }
  if (place.policy.guard === "reread") {
    found.warnings.push({ at: place.side, message: "writes there are guarded by a second reading only: an edit made right then may be lost" })
  }
  const consents = sync.places.some((other) => other.policy.fields.has("consent"))
  if (consents && place.policy.fields.get("consent")?.outbound !== true) {
    found.warnings.push({ at: place.side, message: "an opt-out that is given elsewhere cannot be written there" })
  }
  const given = [...place.policy.fields.values()].some((field) => field.outbound)
  if (!given) found.warnings.push({ at: place.side, message: `nothing of ${sync.name} is ever written there: say readOnly: true if that is meant` })
}

const print = (
  out: Output, file: string, project: Project, checked: ReadonlyArray<Checked>, found: Found
): void => {
  out.data({ file, ...describe(project), checked, faults: found.faults, warnings: found.warnings })
  for (const sync of project.syncs) {
    out.line(`${sync.name}: ${sync.places.map((place) => place.side).join(", ")}; recognised by ${sync.policy.match.join(", ") || "nothing"}`)
  }
  for (const one of checked) {
    const places = placesOf(project).map(({ place }) => place).filter(({ connection }) => connection === one.connection)
    printHealth(one, project.connections.get(one.connection)?.kind ?? "", places, out)
  }
  if (found.warnings.length > 0) out.line(out.paint.yellow(`${count(found.warnings.length, "warning")}`))
  for (const warning of found.warnings) out.line(faultLine(warning))
  if (found.faults.length > 0) out.line(out.paint.red(`${count(found.faults.length, "fault")}`))
  for (const fault of found.faults) out.line(faultLine(fault))
  if (found.faults.length === 0) out.line(out.paint.green(`${file} is sound.`))
}
