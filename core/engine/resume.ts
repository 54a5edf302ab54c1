/** Long writes that an earlier run began: their answers are fetched before anything new is sent. */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { Claimed } from "../hub/store.ts"
import type { FieldWrite } from "../sync/push.ts"
import type { Intent } from "../sync/state.ts"
import { acknowledged } from "./answer.ts"
import type { Parcel, Send } from "./courier.ts"
import { claim, giveBack, keeping } from "./work.ts"
import type { PushError, Sendable, Work } from "./work.ts"

export const takeUpJobs = Effect.fnUntraced(function*(work: Work): Effect.fn.Return<void, PushError, HubStore> {
  const { courier, place } = work
  if (courier.resume === undefined) return
  const store = yield* HubStore
  for (const { call, intents, handle } of yield* store.jobs(place.side)) {
    if (handle === undefined) continue
    const claimed = new Map((yield* claim(work, false, intents.map((intent) => intent.golden)))
      .map((address) => [address.golden.id, address]))
    const parcels = intents.flatMap((intent) => parcelOf(intent, claimed.get(intent.golden)))
    // Somebody else has it, or it waits: next time.
    if (parcels.length < intents.length) {
      yield* giveBack(new Set(claimed.values()))
      continue
    }
    const sentAt = yield* Clock.currentTimeMillis
    const answers = yield* courier.resume(handle, parcels.length, keeping(store, work, call, parcels))
    yield* acknowledged(work, parcels, answers, sentAt)
  }
})

/** The push as it was sent, from what was written down of it. */
const parcelOf = (intent: Intent, address: Claimed | undefined): ReadonlyArray<Parcel & Sendable> => {
  if (address === undefined) return []
  const { attempt, idempotencyKey, op, ext } = intent
  const writes = Object.entries(intent.sent).map(([path, value]): FieldWrite =>
    ({ path, value, base: address.link?.shadow[path]?.r, why: "" }))
  if (op === "create") {
    return [{ address, attempt, idempotencyKey, push: { do: "create", writes, marker: address.golden.id } }]
  }
  if (ext === undefined) return []
  const push: Send = op === "update" ? { do: "update", ext, writes } : { do: "remove", ext, how: "delete" }
  return [{ address, attempt, idempotencyKey, push }]
}

