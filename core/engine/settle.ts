/** The inbox: records that wait to be read again, for a parent, or to be confirmed as gone. */
import { Clock, Effect } from "effect"
import type { Reader } from "../connector/connector.ts"
import { HubStore } from "../hub/store.ts"
import type { InboxRow } from "../sync/state.ts"
import { retrying } from "./failure.ts"
import { mergePage, nothing } from "./merge.ts"
import type { Place, Sync } from "./project.ts"
import { fetchPage } from "./pull.ts"
import type { PullError } from "./pull.ts"
import { quarantined } from "./read.ts"
import type { Run } from "./run.ts"
import { Systems } from "./systems.ts"

/** A record that was taken up this often and never got through is poison (fault 80). */
const poisonAfter = 3

/** Works the inbox of one place off; how many rows were taken up. */
export const settle = Effect.fn("settle")(function*(
  run: Run, sync: Sync, place: Place
): Effect.fn.Return<number, PullError, HubStore | Systems> {
  const store = yield* HubStore
  if ((yield* store.inbox.count(place.side)) === 0) return 0
  const systems = yield* Systems
  const { reader } = yield* retrying(run, systems.resource(place.connection, place.resource))
  const met = new Map<string, number>()
  let taken = 0
  while (true) {
    const now = yield* Clock.currentTimeMillis
    const rows = yield* store.inbox.take(place.side, fetchPage, now)
    // A row that comes back for the third time in one run waits for the next one.
    const fresh = rows.filter((row) => (met.get(row.ext) ?? 0) < 2)
    if (fresh.length === 0) return taken
    for (const row of rows) met.set(row.ext, (met.get(row.ext) ?? 0) + 1)
    yield* work(run, sync, place, reader, fresh)
    taken += fresh.length
  }
})

const work = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, reader: Reader, rows: ReadonlyArray<InboxRow>
): Effect.fn.Return<void, PullError, HubStore> {
  const poison = rows.filter((row) => row.attempts > poisonAfter)
  if (poison.length > 0) yield* condemn(run, place, poison)
  const sound = rows.filter((row) => row.attempts <= poisonAfter)
  // What was taken up before without an end is read and decided by itself: a bad record must not take others with it.
  const alone = sound.filter((row) => row.attempts > 1)
  const together = sound.filter((row) => row.attempts <= 1)
  const batches = [...(together.length > 0 ? [together] : []), ...alone.map((row) => [row])]
  for (const batch of batches) {
    yield* readAgain(run, sync, place, reader, batch).pipe(
      // The rows stay, with one attempt more; at the next taking they are decided one by one.
      Effect.catchTag("Undecided", () => Effect.void)
    )
  }
})

const readAgain = Effect.fnUntraced(function*(
  run: Run, sync: Sync, place: Place, reader: Reader, rows: ReadonlyArray<InboxRow>
): Effect.fn.Return<void, PullError, HubStore> {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  // A reading settles a row only if it starts after what demanded it (R4).
  if (rows.some((row) => row.readAt >= now)) yield* Effect.sleep(1)
  const answer = yield* retrying(run, reader.fetch(rows.map((row) => row.ext), { columns: place.columns })).pipe(
    // Not the records' fault: their attempts are given back.
    Effect.tapError(() => store.inbox.untake(rows))
  )
  const released = new Set(rows.flatMap((row) => row.why === "released" ? [row.ext] : []))
  yield* mergePage(run, sync, place, answer.seen, { readAt: answer.readAt, direct: true, released })
})

const condemn = Effect.fnUntraced(function*(run: Run, place: Place, rows: ReadonlyArray<InboxRow>) {
  const store = yield* HubStore
  const now = yield* Clock.currentTimeMillis
  const quarantine = rows.map((row) =>
    quarantined(place, row.ext, "merge", `taken up ${poisonAfter} times without an end`, undefined, {
      now,
      run: run.id,
      attempts: row.attempts
    }))
  // As if read right after what demanded it: a demand that came meanwhile is newer and stays (R4).
  const done = rows.map(({ side, ext, readAt }) => ({ side, ext, readAt: readAt + 1 }))
  yield* store.commit({ ...nothing, inbox: { put: [], done } }, { run: run.id, now, quarantine }).pipe(
    Effect.catchTag("Raced", (raced) => Effect.die(raced))
  )
  const counts = run.tally.side(place.side)
  const fresh = rows.filter((row) => run.tally.spoil(place.side, row.ext)).length
  counts.read += fresh
  counts.records.quarantined += fresh
})
