/**
 * A dry run: the same code on a throw-away copy of the hub, with connections that cannot write and a courier that notes
 * what it is given. No write reaches any system; hub and cursors stay as they are (S36).
 */
import { Effect, Layer } from "effect"
import type { Scope as Lifetime, Stream } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { Ids } from "../hub/ids.ts"
import type { PiiClass } from "../model/entity.ts"
import type { Obs, Path, Value } from "../model/value.ts"
import { cleared, isList, isRecord, value } from "../model/value.ts"
import { standIn } from "../sync/push.ts"
import type { Address } from "../sync/push.ts"
import type { ExtId, Fact, GoldenId, Side } from "../sync/state.ts"
import { steward } from "../sync/state.ts"
import type { Answered, Courier, CourierOf, Parcel } from "./courier.ts"
import { accounts, chosenGoldens, readAll, writeAll } from "./pass.ts"
import type { PassOptions } from "./pass.ts"
import { baseHash, patchHash } from "./patch.ts"
import type { Place, Project, Sync } from "./project.ts"
import type { Report } from "./report.ts"
import { framed } from "./run.ts"
import type { Run, RunOptions } from "./run.ts"
import { Systems } from "./systems.ts"

/** Opens a copy of the hub as it is now, gone with its scope. */
export type Copy = Effect.Effect<HubStore["Service"], StoreError, Lifetime.Scope>

export interface PreviewField {
  readonly path: Path
  /** Undefined: not known, the side was never read in this field. */
  readonly old: Value | null | undefined
  readonly new: Value | null
  /** The rule that decided and the source it took. */
  readonly why: string
  readonly pii: PiiClass
}

/** One record that would change in one system. */
export interface PreviewRow {
  readonly sync: string
  readonly entity: string
  readonly side: Side
  readonly op: "create" | "update" | "remove"
  /** In the copy; a record that is new to the hub has another id when it is really taken in. */
  readonly golden: GoldenId
  /** Absent for a create. */
  readonly ext?: ExtId
  /** The record it was born from, `side|ext`: the address of a create. */
  readonly from: string
  readonly how?: "delete" | "archive"
  readonly fields: ReadonlyArray<PreviewField>
  readonly base: string
  readonly patch: string
}

export interface Watching {
  readonly copy: Copy
  readonly onRow: (row: PreviewRow) => Effect.Effect<void>
  /** What was decided on the way: links, conflicts, what is withheld and why. */
  readonly onFacts?: (facts: Stream.Stream<Fact, StoreError>) => Effect.Effect<void, StoreError>
}

/** `esl plan`. */
export const preview = (
  project: Project, options: PassOptions, watching: Watching
): Effect.Effect<Report, StoreError, HubStore | Ids> =>
  rehearse(project, "plan", options, watching, (run, syncs, courier) => Effect.gen(function*() {
    yield* accounts(run, project, syncs)
    yield* readAll(run, syncs, options)
    yield* writeAll(run, syncs, yield* chosenGoldens(run, syncs), { courier, brake: "show" })
  }))

/** Any run, played through without touching anything. */
export const rehearse = Effect.fnUntraced(function*<E>(
  project: Project, command: string, options: RunOptions, watching: Watching,
  body: (run: Run, syncs: ReadonlyArray<Sync>, courier: CourierOf) => Effect.Effect<void, E, HubStore | Systems | Ids>
): Effect.fn.Return<Report, E | StoreError, HubStore | Ids> {
  return yield* Effect.scoped(Effect.gen(function*() {
    const hub = yield* watching.copy
    const systems = yield* Layer.build(Systems.layer(project.connections, { readOnly: true }))
    const played = framed(project, command, { ...options, lock: false }, (run, syncs) => Effect.gen(function*() {
      yield* body(run, syncs, noting(project, watching.onRow))
      if (watching.onFacts !== undefined) yield* watching.onFacts(hub.facts({ run: run.id }))
    }))
    return yield* played.pipe(Effect.provideContext(systems), Effect.provideService(HubStore, hub))
  }))
})

const notedAtOnce = 1_000

/** Takes what it is given for written, so that what depends on it is played through as well. */
const noting = (project: Project, onRow: Watching["onRow"]): CourierOf => (place) =>
  Effect.succeed<Courier>({
    batch: notedAtOnce,
    send: (parcels) => Effect.gen(function*() {
      const sync = project.syncs.find((one) => one.places.some((other) => other.side === place.side))
      const answers: Array<Answered> = []
      for (const parcel of parcels) {
        if (sync !== undefined) yield* onRow(rowOf(sync, place, parcel))
        answers.push(asIfWritten(place, parcel))
      }
      return answers
    })
  })

const asIfWritten = (place: Place, { push, address }: Parcel): Answered => {
  const id = push.do === "create" ? `${standIn}${address.golden.id}` : push.ext
  if (push.do === "remove") return { outcome: { did: "written", id } }
  const values = new Map<Path, Obs>()
  const elements: { [resource: string]: { [element: string]: string } } = {}
  for (const write of push.writes) {
    const field = place.policy.mapping.fields.get(write.path)
    const shows = field === undefined ? write.value : field.norm(write.value)
    const resource = field?.ids?.kind === "ext" ? field.ids.resource : undefined
    const rows = resource === undefined || shows === null ? shows
      : numbered(shows, address.link?.elements?.[write.path] ?? {}, elements[resource] ??= {})
    values.set(write.path, rows === null ? cleared : value(rows))
  }
  return { outcome: { did: "written", id }, after: { values, elements, readAt: address.due.notBefore } }
}

/** New rows get ids of the system's own as well: what points to them must not take a golden id for one. */
const numbered = (list: Value, known: { readonly [ext: string]: string }, made: { [element: string]: string }): Value =>
  !isList(list) ? list : list.map((row) => {
    if (!isRecord(row) || typeof row["id"] !== "string" || Object.hasOwn(known, row["id"])) return row
    const ext = `${standIn}${row["id"]}`
    made[row["id"]] = ext
    return { ...row, id: ext }
  })

const rowOf = (sync: Sync, place: Place, { push, address }: Parcel): PreviewRow => {
  const { mapping } = place.policy
  const writes = push.do === "remove" ? [] : push.writes
  return {
    sync: sync.name,
    entity: sync.entity.name,
    side: place.side,
    op: push.do,
    golden: address.golden.id,
    from: originOf(address),
    fields: writes.map(({ path, base, value: now, why }) => ({
      path,
      old: push.do === "create" ? null : base,
      new: now,
      why,
      pii: sync.entity.field(path)?.pii ?? "personal"
    })),
    base: baseHash(mapping, push),
    patch: patchHash(mapping, push),
    ...(push.do === "remove" ? { how: push.how } : {}),
    ...(push.do === "create" || push.ext.startsWith(standIn) ? {} : { ext: push.ext })
  }
}

/** The record that the golden record was born from; the same in the copy and in the hub itself. */
const originOf = ({ golden }: Address): string => {
  const sources = golden.sources.filter((source) => source.side !== steward)
  const born = sources.find((source) => source.side === golden.origin) ?? sources[0]
  return born === undefined ? `${golden.origin}|` : `${born.side}|${born.ext}`
}
