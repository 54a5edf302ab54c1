/** A sweep: every record of a place is listed, so that edits no cursor shows and deletions are found. */
import { Effect } from "effect"
import type { HubStore } from "../hub/store.ts"
import { retrying } from "./failure.ts"
import type { Place, Sync } from "./project.ts"
import { drain } from "./pull.ts"
import type { PullError } from "./pull.ts"
import type { Run } from "./run.ts"
import { Systems } from "./systems.ts"

/** False: this place cannot list completely. */
export const sweep = Effect.fn("sweep")(function*(
  run: Run, sync: Sync, place: Place
): Effect.fn.Return<boolean, PullError, HubStore | Systems> {
  const systems = yield* Systems
  const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
  if (!reader.covers.listing) return false
  yield* drain(run, sync, place, {
    stream: "listing",
    anew: true,
    open: (from) => reader.listing(from, { columns: place.columns })
  })
  return true
})
