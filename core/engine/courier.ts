/** Carries decided pushes to a system. That of a dry run notes them instead: the rest of a push is the same code. */
import { Clock, Effect } from "effect"
import type { Change, Expect, Fenced, Held, JobHandle, Outcome, Writer } from "../connector/connector.ts"
import type { ConnectorError } from "../connector/errors.ts"
import type { Record_ } from "../mapping/mapping.ts"
import type { HubTime, Path, Value } from "../model/value.ts"
import { identical } from "../model/value.ts"
import type { After } from "../sync/index.ts"
import type { Address, FieldWrite, Push } from "../sync/push.ts"
import type { StoreError } from "../hub/store.ts"
import { awaited, longWrite } from "./job.ts"
import type { Dispatch } from "./job.ts"
import type { Place } from "./project.ts"
import { contentHash, mapped } from "./read.ts"
import { Systems } from "./systems.ts"

export type Send = Extract<Push, { readonly do: "create" | "update" | "remove" }>

/** One push with everything that was decided about it. */
export interface Parcel {
  readonly address: Address
  readonly push: Send
  readonly attempt: string
  readonly idempotencyKey: string
}

export interface Answered {
  readonly outcome: Outcome
  readonly after?: After
}

export interface Courier {
  /** Parcels one call takes. */
  readonly batch: number
  /** Long writes of creates only, and how many of them go together. */
  readonly jobs?: { readonly from: number; readonly batch: number }
  /** A request carries every field as it was read before, and nothing keeps it from landing on a later edit. */
  readonly whole?: boolean
  /** One answer a parcel, in order. */
  readonly send: (parcels: ReadonlyArray<Parcel>, dispatch: Dispatch) =>
    Effect.Effect<ReadonlyArray<Answered>, ConnectorError | Fenced | StoreError>
  /** Goes on with a long write of an earlier run. */
  readonly resume?: (handle: JobHandle, parcels: number, dispatch: Pick<Dispatch, "renew">) =>
    Effect.Effect<ReadonlyArray<Answered>, ConnectorError | StoreError>
}

export type CourierOf = (place: Place) => Effect.Effect<Courier | undefined, ConnectorError, Systems>

/** To the system itself; undefined where nothing can be written. */
export const real: CourierOf = Effect.fnUntraced(function*(place: Place) {
  const systems = yield* Systems
  const { reader, writer } = yield* systems.resource(place.connection, place.resource)
  if (writer === undefined) return undefined
  const { job } = writer
  const courier: Courier = {
    batch: Math.max(1, writer.batch),
    whole: (job === undefined || job.creates !== undefined) && writer.shape === "whole"
      && (writer.guard === "none" || writer.guard === "reread"),
    ...(job === undefined ? {} : { resume: resumed(place, job) }),
    ...(job?.creates === undefined ? {} : { jobs: job.creates }),
    send: (parcels, dispatch) => Effect.gen(function*() {
      const sentAt = yield* Clock.currentTimeMillis
      // Without a guard of the system's own the record is looked at right before it is written (SEMANTICS 1.13).
      const moved = writer.guard === "none" ? yield* preRead(place, reader.fetch, parcels) : new Map<string, Outcome>()
      const going = parcels.filter((parcel) => !moved.has(parcel.attempt))
      const changes = going.map((parcel) => change(place, writer, parcel))
      const sent = job === undefined || !isLong(job, changes) ? writer.write(changes, dispatch.fence)
        : longWrite(job, changes, dispatch)
      const outcomes = changes.length === 0 ? [] : yield* sent
      const answers = new Map<string, Outcome>(moved)
      going.forEach((parcel, at) => answers.set(parcel.attempt, outcomes[at] ?? { did: "unknown" }))
      return parcels.map((parcel) => answered(place, answers.get(parcel.attempt) ?? { did: "unknown" }, sentAt))
    })
  }
  return courier
})

const isLong = ({ creates }: NonNullable<Writer["job"]>, changes: ReadonlyArray<Change>): boolean =>
  creates === undefined || (changes.length >= creates.from && changes.every(({ op }) => op === "create"))

const resumed = (place: Place, job: NonNullable<Writer["job"]>): NonNullable<Courier["resume"]> =>
  (handle, parcels, dispatch) => Effect.gen(function*() {
    const readAt = yield* Clock.currentTimeMillis
    const outcomes = yield* awaited(job, handle, parcels, dispatch)
    return outcomes.map((outcome) => answered(place, outcome, readAt))
  })

type Fetch = (ids: ReadonlyArray<string>, options: { readonly columns: ReadonlyArray<string> }) =>
  Effect.Effect<{ readonly seen: ReadonlyArray<{ readonly _tag: string; readonly id: string }> }, ConnectorError>

const preRead = Effect.fnUntraced(function*(place: Place, fetch: Fetch, parcels: ReadonlyArray<Parcel>) {
  const known = parcels.flatMap((parcel) => parcel.push.do === "create" ? [] : [{ parcel, ext: parcel.push.ext }])
  const outcomes = new Map<string, Outcome>()
  if (known.length === 0) return outcomes
  const { seen } = yield* fetch(known.map((one) => one.ext), { columns: place.columns })
  const shown = new Map(seen.map((one) => [one.id, one]))
  for (const { parcel, ext } of known) {
    const now = shown.get(ext)
    if (now === undefined || now._tag === "Gone") outcomes.set(parcel.attempt, { did: "gone" })
    else if (!isHeld(now) || !expectOf(place, parcel).holds(now.record)) outcomes.set(parcel.attempt, { did: "moved" })
  }
  return outcomes
})

const isHeld = (seen: { readonly _tag: string }): seen is { readonly _tag: "Held" } & Held => seen._tag === "Held"

const change = (place: Place, writer: Writer, parcel: Parcel): Change => {
  const { attempt, idempotencyKey, push } = parcel
  const { mapping } = place.policy
  const head = { attempt, idempotencyKey }
  switch (push.do) {
    case "create": {
      const values = valuesOf(push.writes)
      const patch = () => ({ ...mapping.constants, ...mapping.write(values, undefined) })
      const named = writer.creates === "marker" || writer.creates === "upsert"
      return { ...head, op: "create", patch, ...(named ? { marker: push.marker } : {}) }
    }
    case "update": {
      const values = valuesOf(push.writes)
      const patch = (into: Record_) => mapping.write(values, into)
      return { ...head, op: "update", id: push.ext, patch, expect: expectOf(place, parcel) }
    }
    case "remove":
      return { ...head, op: "remove", id: push.ext, how: push.how, expect: expectOf(place, parcel) }
  }
}

const valuesOf = (writes: ReadonlyArray<FieldWrite>): ReadonlyMap<Path, Value | null> =>
  new Map(writes.map((write) => [write.path, write.value]))

/** What the hub last saw in the fields it changes; for a removal, in all fields it knows. */
const expectOf = (place: Place, { address, push }: Parcel): Expect => {
  const version = address.link?.version
  const bases = push.do === "update"
    ? push.writes.map((write) => [write.path, write.base] as const)
    : Object.entries(address.link?.shadow ?? {}).map(([path, pair]) => [path, pair.r] as const)
  return {
    ...(version === undefined ? {} : { version }),
    holds: (record) => bases.every(([path, base]) => stillShows(place, record, path, base))
  }
}

const stillShows = (place: Place, record: Record_, path: Path, base: Value | null | undefined): boolean => {
  const field = place.policy.mapping.fields.get(path)
  if (field === undefined || field.direction === "out") return true
  const shows = field.get(record)
  switch (shows._tag) {
    case "Absent":
      return true
    case "Invalid":
      return false
    case "Null":
      return base === null || base === undefined
    case "Value":
      if (base === null || base === undefined) return false
      return identical(shows.value, base) || place.policy.fields.get(path)?.same(shows.value, base) === true
  }
}

const answered = (place: Place, outcome: Outcome, sentAt: HubTime): Answered => {
  if (outcome.did !== "written" || outcome.after === undefined || !outcome.after.complete) return { outcome }
  const after = afterOf(place, outcome.after, outcome.readAt ?? sentAt)
  return after === undefined ? { outcome } : { outcome, after }
}

/** A record shown after a write is an observation as old as the write's start (R6). */
export const afterOf = (place: Place, held: Held, readAt: HubTime): After | undefined => {
  const values = mapped(place, held.record)
  if (typeof values === "string") return undefined
  return {
    values,
    hash: contentHash(held),
    readAt,
    ...(held.version === undefined ? {} : { version: held.version }),
    ...(held.stamp === undefined ? {} : { stamp: held.stamp.at }),
    ...(held.incarnation === undefined ? {} : { incarnation: held.incarnation }),
    ...(held.elements === undefined ? {} : { elements: held.elements })
  }
}
