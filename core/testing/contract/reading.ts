/** What a reader promises: everything, once more rather than once too few, and where to go on. */
import { Effect, Stream } from "effect"
import type { Held, Page, Seen } from "../../connector/connector.ts"
import type { Promised } from "./promise.ts"
import { described } from "./subject.ts"
import { breach, Copy, differing, must } from "./trial.ts"
import type { Step, Trial } from "./trial.ts"

const minute = 60_000

const missing = (copy: Copy, ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.filter((id) => !copy.records.has(id))

const lost = (copy: Copy, ids: ReadonlyArray<string>, what: string): Step<void> => {
  const not = missing(copy, ids)
  return must(not.length === 0, () => `${not.length} of ${ids.length} records were never read: ${what}`)
}

const paging = (trial: Trial): Step<void> => Effect.gen(function*() {
  const ids = yield* trial.make(trial.subject.page * 2 + 3)
  yield* trial.settle
  const pages = yield* trial.pages(undefined)
  const copy = new Copy(trial)
  for (const page of pages) yield* copy.take(page)
  yield* lost(copy, ids, "a read without a cursor ends before its end")
  yield* must(pages.length > 1, () => `${ids.length} records came in one page: \`page\` of the subject is too small`)
  const strange = [...copy.records.values()].flatMap((held) => Object.keys(held.record))
    .find((column) => !trial.subject.columns.includes(column))
  yield* must(strange === undefined, () => `column ${strange ?? ""} was read and not asked for`)
})

const equalStamps = (trial: Trial): Step<void> => Effect.gen(function*() {
  yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  const stamp = trial.time.now()
  const ids = yield* trial.make((trial.subject.alike ?? trial.subject.page) + 5, stamp)
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, ids, `all ${ids.length} have one time stamp`)
})

const resume = (trial: Trial): Step<void> => Effect.gen(function*() {
  const ids = yield* trial.make(trial.subject.page * 2 + 3)
  yield* trial.settle
  const copy = new Copy(trial)
  yield* copy.take(yield* trial.first(undefined))
  const read = ids.find((id) => copy.records.has(id)) ?? ""
  const unread = ids.find((id) => !copy.records.has(id)) ?? ""
  yield* must(read !== "" && unread !== "", () => "the first page held nothing, or everything")
  yield* trial.edit(read, "edited after it was read")
  yield* trial.edit(unread, "edited before it was read")
  yield* trial.settle
  // The process that read the first page is gone; another one goes on, and then pulls as it always does.
  yield* copy.read()
  yield* copy.read()
  yield* lost(copy, ids, "the read was interrupted after its first page")
  for (const id of [read, unread]) {
    const there = yield* trial.look(id)
    yield* must(copy.text(id) === there, () => `an edit during an interrupted read was lost (${id})`)
  }
})

const emptyWindow = (trial: Trial): Step<void> => Effect.gen(function*() {
  yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  for (let turn = 0; turn < 3; turn++) {
    trial.time.advance(20 * minute)
    yield* copy.read()
  }
  const ids = yield* trial.make(1, trial.time.now() - (trial.subject.lateMs ?? minute))
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, ids, "an empty read moved the cursor past a change that was still on its way")
})

const lateRows = (trial: Trial): Step<void> => Effect.gen(function*() {
  yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  trial.time.advance(10 * minute)
  const fresh = yield* trial.make(1)
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, fresh, "it was made after the cursor")
  const late = yield* trial.make(2, trial.time.now() - (trial.subject.settleMs ?? 0) - (trial.subject.lateMs ?? minute))
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, late, "it became visible behind the cursor, with an older stamp")
})

/** A till that was offline: sold days ago, told today. */
const lateSales = (trial: Trial): Step<void> => Effect.gen(function*() {
  yield* must(trial.stage.people.make.length > 2, () =>
    "`make` takes no time of making, and `cannot` says nothing about \"offline\"")
  const sold = trial.time.now()
  trial.time.advance(70 * 60 * minute)
  yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  trial.time.advance(60 * minute)
  yield* copy.read()
  const ids = yield* trial.make(1, undefined, sold)
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, ids, "it was made days ago and told now")
})

const searchLag = (trial: Trial): Step<void> => Effect.gen(function*() {
  const lag = yield* trial.has("lag", trial.stage.people.lag)
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  lag(30_000)
  const text = "known to search later"
  yield* trial.edit(id, text)
  trial.time.advance(1_000)
  // Others are told earlier: the cursor goes on without it.
  lag(5_000)
  yield* trial.make(1)
  trial.time.advance(10_000)
  yield* copy.read()
  trial.time.advance(25_000)
  yield* trial.settle
  yield* copy.read()
  yield* must(copy.text(id) === text, () => "a change that search showed late was never read")
})

const concurrent = (trial: Trial): Step<void> => Effect.gen(function*() {
  const ids = [...yield* trial.make(trial.subject.page + 3)]
  yield* trial.settle
  const copy = new Copy(trial)
  for (let turn = 0; turn < 3; turn++) {
    let edits = 0
    const read = trial.resource.reader.changes(copy.cursor, trial.options)
    yield* Stream.runForEach(read, (page) => Effect.gen(function*() {
      yield* copy.take(page)
      if (edits++ >= 3) return
      trial.time.advance(1_000)
      const id = (yield* trial.pick(ids)) ?? ""
      yield* trial.edit(id, `turn ${turn}, edit ${edits}`)
      ids.push(...yield* trial.make(1))
      trial.time.advance(1_000)
    }))
    trial.time.advance(minute)
  }
  yield* trial.settle
  yield* copy.read()
  yield* lost(copy, ids, "people went on working while it was read")
  for (const id of ids) {
    const there = yield* trial.look(id)
    yield* must(copy.text(id) === there, () => `an edit made while pages were read was lost (${id})`)
  }
})

const unknownIds = (trial: Trial): Step<void> => Effect.gen(function*() {
  const [id = ""] = yield* trial.make(1)
  const { unknown } = trial.stage.people
  const seen = yield* trial.fetch([unknown, id])
  const of = (one: string): ReadonlyArray<Seen> => seen.filter((each) => each.id === one)
  yield* must(of(id).length === 1 && of(id)[0]?._tag === "Held", () => "a record that is there was not fetched, once")
  const [gone, more] = of(unknown)
  yield* must(gone?._tag === "Gone" && gone.evidence === "read" && more === undefined, () =>
    `an id that no record ever had was answered with ${gone?._tag ?? "nothing"} instead of Gone by read`)
  yield* must((yield* trial.fetch([])).length === 0, () => "fetching no ids brought records")
})

const sameRecord = (trial: Trial): Step<void> => Effect.gen(function*() {
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  const changed = copy.records.get(id)
  const fetched = heldOf(yield* trial.fetch([id]), id)
  const listed = heldOf((yield* trial.listing()).flatMap((page) => page.seen), id)
  if (changed === undefined || fetched === undefined) return yield* breach("the record was not read")
  for (const [other, by] of [[fetched, "fetch"], [listed ?? fetched, "a listing"]] as const) {
    const columns = differing(changed, other)
    yield* must(columns.length === 0, () => `changes and ${by} show ${columns.join(", ")} of one record differently`)
  }
  for (const at of [changed, fetched, listed].flatMap((one) => one?.stamp === undefined ? [] : [one.stamp.at])) {
    yield* must(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(at), () => "a stamp is not RFC 3339 in UTC")
  }
})

export const heldOf = (seen: ReadonlyArray<Seen>, id: string): Held | undefined =>
  seen.flatMap((one) => one._tag === "Held" && one.id === id ? [one] : [])[0]

const limits = (trial: Trial): Step<void> => Effect.gen(function*() {
  const ids = yield* trial.make(trial.subject.page + 3)
  yield* trial.settle
  const copy = new Copy(trial)
  for (let turn = 0; turn < ids.length + 5 && missing(copy, ids).length > 0; turn++) {
    const pages: ReadonlyArray<Page> = yield* trial.pages(copy.cursor, { limit: 1 })
    const full = pages.filter(({ seen }) => seen.length > 0).length
    yield* must(full <= 2, () => `a limit of one record took ${full} pages`)
    for (const page of pages) yield* copy.take(page)
  }
  yield* lost(copy, ids, "reading on and on with a limit does not get there")
})

const since = (trial: Trial): Step<void> => Effect.gen(function*() {
  const { cursorAt } = trial.resource.reader
  if (cursorAt === undefined) return
  yield* trial.make(1)
  trial.time.advance(24 * 60 * minute)
  const from = trial.time.now()
  trial.time.advance(minute)
  const ids = yield* trial.make(2)
  yield* trial.settle
  const copy = new Copy(trial)
  copy.cursor = cursorAt(new Date(from).toISOString())
  yield* copy.read()
  yield* lost(copy, ids, "it was changed after the time a cursor was asked for")
})

const account = (trial: Trial): Step<void> => Effect.gen(function*() {
  const one = yield* trial.session.account
  const other = yield* trial.session.account
  yield* must(one !== "" && one === other, () => "the account has no name that stays the same")
})

const columnsDescribed = (trial: Trial): Step<void> => Effect.gen(function*() {
  const info = yield* trial.resource.describe
  const known = new Set([...info.columns.map(({ name }) => name), ...Object.keys(info.children)])
  const not = trial.subject.columns.filter((column) => !known.has(column))
  yield* must(not.length === 0, () => `columns ${not.join(", ")} are read and not described`)
})

/** A reason that has become untrue would hide a case for ever. */
const honest = (trial: Trial): Step<void> => {
  const able = described(trial.stage)
  const untrue = Object.keys(trial.subject.cannot).filter((ability) => [...able].some((one) => one === ability))
  return must(untrue.length === 0, () => `\`cannot\` gives a reason for ${untrue.join(", ")}, and the stage can do it`)
}

const readOnly = (trial: Trial): Step<void> => Effect.scoped(Effect.gen(function*() {
  const { connection, resource } = trial.stage
  const session = yield* connection.open({ readOnly: true, vault: trial.vault })
  yield* must(session.resource(resource).writer === undefined, () => "opened read-only, it still has a writer")
}))

export const reading: ReadonlyArray<Promised> = [
  { name: "reads every page", needs: ["make"], run: paging,
    says: "A read without a cursor brings every record, over as many pages as it takes." },
  { name: "equal stamps over a page border", needs: ["make", "stamp"], traps: ["equal-stamps"], run: equalStamps,
    says: "More records with one time stamp than a page holds are all read." },
  { name: "resumes where it was interrupted", needs: ["make", "edit"], traps: ["resume"], run: resume,
    says: "A read that was interrupted after a page goes on there; an edit meanwhile is read, too." },
  { name: "an empty window keeps its place", needs: ["make", "stamp"], traps: ["empty-window"], run: emptyWindow,
    says: "Reading nothing does not move the cursor past what is still on its way." },
  { name: "late rows are found", needs: ["make", "stamp"], traps: ["late-rows"], run: lateRows,
    says: "A record that becomes visible behind the cursor is read all the same." },
  { name: "three days of silence", needs: ["make", "offline"], traps: ["late-sales"], run: lateSales,
    says: "What arrives days later is read by the time it was told, not by the time it was made." },
  { name: "a lagging search", needs: ["make", "edit", "lag"], traps: ["search-lag"], run: searchLag,
    says: "A change that search shows half a minute later is not lost." },
  { name: "edits while reading", needs: ["make", "edit"], run: concurrent,
    says: "People who edit and create while pages are read lose nothing." },
  { name: "unknown ids are gone", needs: ["make"], run: unknownIds,
    says: "Fetching an id without a record answers Gone by read; every id is answered once." },
  { name: "one record, one shape", needs: ["make"], traps: ["two-formats"], run: sameRecord,
    says: "Changes, listing and fetch show the same record in the same words; stamps are RFC 3339 in UTC." },
  { name: "limits", needs: ["make"], run: limits,
    says: "A limit ends a read early, and its cursor goes on from there." },
  { name: "a cursor from a time", needs: ["make"], run: since,
    says: "A cursor made from a time brings everything that changed after it." },
  { name: "names its account", needs: [], run: account, says: "The account has one name." },
  { name: "describes its columns", needs: ["describe"], run: columnsDescribed,
    says: "Every column that is read is described." },
  { name: "skips have their reasons", needs: [], run: honest,
    says: "What is not asked for is what the resource really cannot do." },
  { name: "read-only has no writer", needs: [], run: readOnly, says: "Opened read-only, there is no writer." }
]
