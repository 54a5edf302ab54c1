/** Deletions, merges, and columns that come and go: what absence means. */
import { Effect, Stream } from "effect"
import type { Seen } from "../../connector/connector.ts"
import type { Promised } from "./promise.ts"
import { Copy, must } from "./trial.ts"
import type { Step, Trial } from "./trial.ts"
import { heldOf } from "./reading.ts"

const wholeListing = (trial: Trial): Step<void> => Effect.gen(function*() {
  const ids = yield* trial.make(trial.subject.page + 3)
  yield* trial.settle
  const pages = yield* trial.listing()
  const early = pages.slice(0, -1).some((page) => page.listing === "complete")
  yield* must(!early, () => "a listing calls itself complete before its last page")
  yield* must(pages.at(-1)?.listing === "complete", () => "a listing that missed nothing does not say so")
  const seen = new Set(pages.flatMap((page) => page.seen.map((one) => one.id)))
  const not = ids.filter((id) => !seen.has(id))
  yield* must(not.length === 0, () => `a listing calls itself complete and lacks ${not.length} records`)
  const [first] = pages
  const rest = yield* trial.listing(JSON.parse(JSON.stringify(first?.next)))
  const resumed = new Set([...first?.seen ?? [], ...rest.flatMap((page) => page.seen)].map((one) => one.id))
  const skipped = ids.filter((id) => !resumed.has(id))
  yield* must(skipped.length === 0, () => `a listing that was resumed skipped ${skipped.length} records`)
})

const remove = (trial: Trial, id: string): Step<void> =>
  Effect.flatMap(trial.has("remove", trial.stage.people.remove), (gone) => trial.do(() => gone(id)))

const deletion = (trial: Trial): Step<void> => Effect.gen(function*() {
  const [id = "", other = ""] = yield* trial.make(2)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  yield* remove(trial, id)
  yield* trial.settle
  yield* copy.read()
  const listed = yield* trial.listing()
  const complete = listed.at(-1)?.listing === "complete"
  const shows = listed.flatMap((page) => page.seen)
  const absent = complete && heldOf(shows, id) === undefined
  yield* must(copy.gone.has(id) || absent, () => "a deleted record is neither told as gone nor missing from a listing")
  yield* must(heldOf(shows, other) !== undefined && !copy.gone.has(other), () => "a deletion took another record along")
})

const fetchDeleted = (trial: Trial): Step<void> => Effect.gen(function*() {
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  yield* remove(trial, id)
  const [seen] = yield* trial.fetch([id])
  yield* must(seen?._tag === "Gone", () => `a deleted record is fetched as ${seen?._tag ?? "nothing"}`)
})

const logGap = (trial: Trial): Step<void> => Effect.gen(function*() {
  const retentionMs = yield* trial.has("retention", trial.stage.people.retentionMs)
  const [id = "", other = ""] = yield* trial.make(2)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  yield* remove(trial, id)
  trial.time.advance(retentionMs + 86_400_000)
  yield* trial.edit(other, "edited after the log ended")
  yield* trial.settle
  yield* copy.read()
  yield* must(copy.text(other) === "edited after the log ended", () => "after a long absence an edit was lost")
  const listed = yield* trial.listing()
  const absent = listed.at(-1)?.listing === "complete" &&
    heldOf(listed.flatMap((page) => page.seen), id) === undefined
  yield* must(copy.gone.has(id) || absent, () => "a deletion older than the system's log never came to light")
})

const merged = (trial: Trial): Step<void> => Effect.gen(function*() {
  const merge = yield* trial.has("merge", trial.stage.people.merge)
  const [loser = "", into = "", third = ""] = yield* trial.make(3)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  const survivor = yield* trial.do(() => merge(loser, into))
  yield* trial.settle
  yield* copy.read()
  yield* copy.absorb(yield* told(trial))
  // A listing makes suspects of what it does not show; each of them is fetched (SEMANTICS 1.8).
  const suspects = [loser, into].filter((id) => id !== survivor && !copy.gone.has(id))
  yield* copy.absorb(yield* trial.fetch(suspects))
  yield* must(copy.records.has(survivor), () => "the record that a merge left was not read")
  yield* must(copy.gone.has(loser), () => "a record that was merged away counts as alive")
  for (const id of [loser, into].filter((one) => one !== survivor)) {
    yield* must(copy.moved.get(id) === survivor, () => "a merge is shown as a deletion: nobody learns into what")
  }
  yield* must(copy.records.has(third) && !copy.moved.has(third), () => "a merge moved a record that took no part")
})

/** Some systems say by message alone what was merged into what. */
const told = (trial: Trial): Step<ReadonlyArray<Seen>> => Effect.gen(function*() {
  const { connection: { receiver }, hooks, resource } = trial.stage
  if (receiver === undefined || hooks === undefined) return []
  const seen: Array<Seen> = []
  for (const delivery of yield* trial.do(hooks.take)) {
    const receipt = yield* receiver.receive(delivery)
    if (receipt._tag === "Rejected") continue
    seen.push(...receipt.hints.filter((hint) => hint.resource === resource).map((hint) => hint.seen))
  }
  return seen
})

const fieldAdded = (trial: Trial): Step<void> => Effect.gen(function*() {
  const addField = yield* trial.has("field", trial.stage.people.addField)
  const ids = yield* trial.make(trial.subject.page + 3)
  yield* trial.settle
  const copy = new Copy(trial)
  let name = ""
  yield* Stream.runForEach(trial.resource.reader.changes(undefined, trial.options), (page) => Effect.gen(function*() {
    if (name === "") name = yield* trial.do(addField)
    yield* copy.take(page)
  }))
  yield* must(ids.every((id) => copy.records.has(id)), () => "a field that was added during a read cost records")
  const info = yield* trial.resource.describe
  const column = info.columns.find((one) => one.name === name)
  yield* must(column !== undefined, () => "a field that was added is not described")
  yield* must(column?.custom === true, () => "a field of the retailer's own is not described as custom")
})

const fieldDropped = (trial: Trial): Step<void> => Effect.gen(function*() {
  const dropField = yield* trial.has("hidden", trial.stage.people.dropField)
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const before = (yield* trial.caughtUp).records.get(id)
  const name = yield* trial.do(dropField)
  const seen = yield* Effect.result(trial.fetch([id]))
  if (seen._tag === "Failure") {
    const stale = seen.failure._tag === "ConnectorError" && seen.failure.reason._tag === "Stale"
    return yield* must(stale && seen.failure.message.includes(name), () =>
      "a field that is gone fails a read, without `Stale` and its name")
  }
  const after = heldOf(seen.success, id)
  yield* must(after !== undefined, () => "a field that is gone took its record along")
  yield* must(!(name in (after?.record ?? {})), () => "a field that cannot be read any more is shown as empty")
  const others = Object.keys(before?.record ?? {}).filter((one) => one !== name)
  yield* must(others.every((one) => one in (after?.record ?? {})), () => "a field that is gone took others along")
})

export const vanishing: ReadonlyArray<Promised> = [
  { name: "a listing is complete", needs: ["make"], run: wholeListing,
    says: "A listing shows every record, says so on its last page only, and can be resumed." },
  { name: "a deletion leaves evidence", needs: ["make", "remove", "deletions"], run: deletion,
    says: "A deleted record is told as gone, or a complete listing lacks it." },
  { name: "a deleted record is fetched as gone", needs: ["make", "remove"], run: fetchDeleted,
    says: "Reading a deleted record by its id answers Gone." },
  { name: "an absence longer than the log", needs: ["make", "edit", "remove", "retention"], traps: ["deletion-log-gap"],
    run: logGap, says: "After more time than the system remembers, edits are read and deletions come to light." },
  { name: "a merge is followed", needs: ["make", "merge"], traps: ["remote-merge"], run: merged,
    says: "A record that was merged away is told as moved, with the record it became." },
  { name: "a field is added", needs: ["make", "field"], traps: ["fields-come-and-go"], run: fieldAdded,
    says: "A field added during a read costs nothing, and is described as custom." },
  { name: "a field is taken away", needs: ["make", "hidden"], traps: ["fields-come-and-go"], run: fieldDropped,
    says: "What cannot be read any more is unknown, never empty; the rest of the record is still read." }
]
