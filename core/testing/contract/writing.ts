/** What a writer promises: one outcome a change, nothing over an unseen edit, nothing twice. */
import { Effect } from "effect"
import { Fenced } from "../../connector/connector.ts"
import type { Outcome } from "../../connector/connector.ts"
import type { Record_ } from "../../mapping/mapping.ts"
import type { Promised } from "./promise.ts"
import { breach, differing, must, said } from "./trial.ts"
import type { Step, Trial } from "./trial.ts"
import { heldOf } from "./reading.ts"

/** What an existing record was told to become, if it went through. */
const shows = (trial: Trial, id: string, text: string, when: string): Step<void> => Effect.gen(function*() {
  const there = yield* trial.look(id)
  yield* must(there === text, () => `${when}: the record shows ${there === undefined ? "nothing" : "another text"}`)
})

const inOrder = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const update = yield* trial.ours.update
  const [one = "", two = ""] = yield* trial.make(2)
  const set = (text: string) => (into: Record_) => update(text, into)
  const outcomes = yield* trial.write([
    trial.update(two, set("second")), trial.create(create, 901, "third"),
    trial.update(trial.stage.people.unknown, set("nobody")), trial.update(one, set("first"))
  ])
  const [a, b, c, d] = outcomes
  yield* must(a?.did === "written" && a.id === two, () => `the first of four changes was answered with ${said(a)}`)
  yield* must(b?.did === "written", () => `a create among updates was answered with ${said(b)}`)
  yield* must(c?.did === "gone", () => `an update of a record that is not there was answered with ${said(c)}`)
  yield* must(d?.did === "written" && d.id === one, () => `the last of four changes was answered with ${said(d)}`)
  yield* shows(trial, one, "first", "outcomes are not in the order of changes")
  yield* shows(trial, two, "second", "outcomes are not in the order of changes")
  if (b?.did === "written") yield* shows(trial, b.id, "third", "the id of a create is not the record's")
})

const moved = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const known = heldOf(yield* trial.fetch([id]), id)
  const knew = known === undefined ? undefined : trial.textOf(known)
  yield* trial.edit(id, "a person was faster")
  let saw: unknown
  const change = trial.update(id, (into) => update("ours", into), (record) => {
    saw = trial.stage.people.textOf(record)
    return saw === knew
  }, known?.version)
  const [outcome] = yield* trial.write([change])
  yield* must(outcome?.did === "moved", () => `a write over an edit we had not seen was answered with ${said(outcome)}`)
  yield* shows(trial, id, "a person was faster", "an edit the hub had not seen was overwritten")
})

const underGuard = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  yield* trial.edit(id, "as it stands now")
  let into: unknown
  yield* trial.wrote(trial.update(id, (record) => {
    into = trial.stage.people.textOf(record)
    return update("written", record)
  }))
  yield* must(into === "as it stands now", () => "a patch is asked for with an older record than the one it goes into")
  yield* shows(trial, id, "written", "an update")
})

const fenced = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  const before = yield* trial.look(id)
  const count = yield* trial.count
  const outcomes = yield* trial.write(
    [trial.update(id, (into) => update("too late", into)), trial.create(create, 911, "too late")],
    Effect.fail(new Fenced())
  )
  const sent = outcomes.find(({ did }) => did !== "unsent")
  yield* must(sent === undefined, () => `after the lease was lost a change was answered with ${said(sent)}`)
  yield* must((yield* trial.look(id)) === before, () => "an update left after the lease was lost")
  yield* must((yield* trial.count) === count, () => "a create left after the lease was lost")
})

const idempotent = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const count = yield* trial.count
  const key = trial.key()
  const first = yield* trial.wrote(trial.create(create, 921, "once", key))
  yield* trial.settle
  const [again] = yield* trial.write([trial.create(create, 921, "once", key)])
  yield* must(again?.did === "written" || again?.did === "exists", () =>
    `a create with a key it had before was answered with ${said(again)}`)
  const id = again?.did === "written" || again?.did === "exists" ? again.id : undefined
  yield* must(id === undefined || id === first.id, () => "one key made two records, with two ids")
  const made = (yield* trial.count) - count
  yield* must(made === 1, () => `one key made ${made} records`)
})

const twice = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const [id = "", other = ""] = yield* trial.make(2)
  const outcomes = yield* trial.write([
    trial.update(id, (into) => update("first", into)), trial.update(other, (into) => update("neighbour", into)),
    trial.update(id, (into) => update("second", into))
  ])
  const [first, neighbour, second] = outcomes
  yield* must(neighbour?.did === "written", () =>
    `two changes of one record in a batch cost their neighbour: ${said(neighbour)}`)
  yield* shows(trial, other, "neighbour", "two changes of one record in a batch")
  const text = second?.did === "written" ? "second" : first?.did === "written" ? "first" : undefined
  yield* must(text !== undefined, () => "of two changes of one record in a batch none was written")
  yield* shows(trial, id, text ?? "", "what was answered is not what is there")
})

const twins = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const count = yield* trial.count
  const outcomes = yield* trial.write([
    trial.create(create, 931, "twin"), trial.create(create, 932, "neighbour"), trial.create(create, 931, "twin")
  ])
  const [, neighbour] = outcomes
  yield* must(neighbour?.did === "written", () => `two creates of one key cost their neighbour: ${said(neighbour)}`)
  const made = (yield* trial.count) - count
  yield* must(made === 2, () => `two creates of one key and a neighbour made ${made} records instead of two`)
  const ids = new Set(outcomes.flatMap((one) => one.did === "written" ? [one.id] : []))
  yield* must(ids.size === made, () => "what was answered as written is not what was made")
})

const existing = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const { id } = yield* trial.wrote(trial.create(create, 941, "here already"))
  yield* trial.settle
  const count = yield* trial.count
  const [outcome] = yield* trial.write([trial.create(create, 941, "again")])
  yield* must(outcome?.did === "exists" || outcome?.did === "refused" || (outcome?.did === "written" && outcome.id === id),
    () => `a create of a value that is taken was answered with ${said(outcome)}`)
  if (outcome?.did === "exists" && outcome.id !== undefined) {
    yield* must(outcome.id === id, () => "a create met a record and names another one")
  }
  yield* must((yield* trial.count) === count, () => "a create of a value that is taken made a second record")
})

const badNeighbour = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const bad = yield* trial.has("bad", trial.stage.ours?.bad)
  const count = yield* trial.count
  const changes = [0, 1, 2, 3, 4, 5].map((nth) => trial.create(
    nth === 2 ? (at, text) => ({ ...create(at, text), ...bad }) : create, 950 + nth, `neighbour ${nth}`))
  const outcomes = yield* trial.write(changes)
  yield* must(outcomes[2]?.did === "refused", () => `data that is refused was answered with ${said(outcomes[2])}`)
  const costs = outcomes.findIndex((one, at) => at !== 2 && one.did !== "written")
  yield* must(costs < 0, () => `one bad record cost its neighbour ${costs}: ${said(outcomes[costs])}`)
  const made = (yield* trial.count) - count
  yield* must(made === 5, () => `five good records and a bad one made ${made}`)
  yield* quiet(outcomes[2], JSON.stringify(Object.values(bad)))
})

/** Halving finds the culprit: 2 log2(n) + 2 more calls than a batch without it (Bad input). */
const fewCalls = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const bad = yield* trial.has("bad", trial.stage.ours?.bad)
  const calls = yield* trial.has("calls", trial.stage.calls)
  const size = Math.min(64, trial.resource.writer?.batch ?? 1)
  const cost = (from: number, spoiled: boolean) => Effect.gen(function*() {
    const before = calls()
    yield* trial.write(Array.from({ length: size }, (_, at) => trial.create(
      spoiled && at === Math.floor(size / 3) ? (nth, text) => ({ ...create(nth, text), ...bad }) : create,
      from + at, `batch ${at}`)))
    return calls() - before
  })
  yield* cost(4_000, false)
  const clean = yield* cost(5_000, false)
  const spoiled = yield* cost(6_000, true)
  const most = Math.ceil(2 * Math.log2(size)) + 2
  yield* must(spoiled - clean <= most, () =>
    `one bad record among ${size} cost ${spoiled - clean} calls more than none; ${most} are enough`)
})

/** A cause goes to logs and reports: it names columns and codes, never what was in them. */
const quiet = (outcome: Outcome | undefined, values: string): Step<void> => {
  const cause = outcome?.did === "refused" ? outcome.cause : ""
  const words = values.match(/[\p{L}\p{N}@.]{6,}/gu) ?? []
  return must(!words.some((word) => cause.includes(word)), () => "the cause of a refusal repeats the data")
}

const badUpdate = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const bad = yield* trial.has("bad", trial.stage.ours?.bad)
  const [id = "", other = ""] = yield* trial.make(2)
  const before = yield* trial.look(id)
  const [refused, fine] = yield* trial.write([
    trial.update(id, () => bad), trial.update(other, (into) => update("fine", into))
  ])
  yield* must(refused?.did === "refused", () => `data that is refused was answered with ${said(refused)}`)
  yield* must(fine?.did === "written", () => `one bad update cost its neighbour: ${said(fine)}`)
  yield* must((yield* trial.look(id)) === before, () => "an update that was refused changed the record")
  yield* shows(trial, other, "fine", "the neighbour of a bad update")
})

const locked = (trial: Trial): Step<void> => Effect.gen(function*() {
  const patch = yield* trial.has("locked", trial.stage.ours?.locked)
  const update = yield* trial.ours.update
  const [id = "", other = ""] = yield* trial.make(2)
  const [outcome, fine] = yield* trial.write([
    trial.update(id, (into) => ({ ...update("beside it", into), ...patch })),
    trial.update(other, (into) => update("fine", into))
  ])
  const [column = ""] = Object.keys(patch)
  const told = outcome?.did === "refused" ||
    (outcome?.did === "written" && outcome.withheld?.some(({ path }) => path === column) === true)
  yield* must(told, () => `a column that only the system writes was answered with ${said(outcome)}, and not withheld`)
  yield* must(fine?.did === "written", () => `a read-only column cost its neighbour: ${said(fine)}`)
  const info = yield* trial.resource.describe
  const described = info.columns.find(({ name }) => name === column)
  yield* must(described?.writable !== true, () => "a column that cannot be written is described as writable")
})

const children = (trial: Trial): Step<void> => Effect.gen(function*() {
  const kids = yield* trial.has("children", trial.stage.ours?.children)
  const update = yield* trial.ours.update
  const id = yield* trial.do(kids.make)
  const count = yield* trial.do(() => kids.count(id))
  yield* must(count > 1, () => "the record with child rows needs two of them at least")
  yield* trial.wrote(trial.update(id, kids.patch))
  yield* must((yield* trial.do(() => kids.count(id))) === count, () => "changing one child row cost another one")
  yield* trial.wrote(trial.update(id, (into) => update("the record itself", into)))
  yield* must((yield* trial.do(() => kids.count(id))) === count, () => "changing the record cost child rows")
})

const echoByPoll = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const create = yield* trial.ours.create
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  const changed = yield* trial.wrote(trial.update(id, (into) => update("ours", into)))
  const made = yield* trial.wrote(trial.create(create, 961, "ours, too"))
  yield* trial.settle
  yield* copy.read()
  for (const outcome of [changed, made]) {
    const fetched = heldOf(yield* trial.fetch([outcome.id]), outcome.id)
    if (fetched === undefined) return yield* breach("what we wrote cannot be fetched")
    const polled = copy.records.get(outcome.id)
    const again = polled === undefined ? [] : differing(polled, fetched)
    yield* must(again.length === 0, () => `our own write comes back by poll as an edit of ${again.join(", ")}`)
    const after = outcome.after
    const columns = after === undefined ? [] : differing(after, fetched)
    yield* must(columns.length === 0, () => `the answer to a write shows ${columns.join(", ")} as a reading does not`)
  }
})

const removal = (trial: Trial): Step<void> => Effect.gen(function*() {
  const how = yield* trial.has("delete", trial.stage.ours?.delete)
  const [id = "", other = ""] = yield* trial.make(2)
  const expect = { holds: () => true }
  const [no] = yield* trial.write([
    { op: "remove", id, how, attempt: trial.key(), idempotencyKey: trial.key(), expect: { holds: () => false } }
  ])
  yield* must(no?.did === "moved" && (yield* trial.look(id)) !== undefined, () =>
    `a deletion whose expectation fails was answered with ${said(no)}`)
  const remove = { op: "remove", id, how, attempt: trial.key(), idempotencyKey: trial.key(), expect } as const
  yield* trial.wrote(remove)
  yield* must((yield* trial.look(id)) === undefined, () => "a record that was deleted is still there")
  yield* must((yield* trial.look(other)) !== undefined, () => "deleting one record took another along")
  const [again] = yield* trial.write([remove])
  yield* must(again?.did === "gone" || again?.did === "written", () =>
    `deleting a deleted record was answered with ${said(again)}`)
})

const deletedUnderUs = (trial: Trial): Step<void> => Effect.gen(function*() {
  const remove = yield* trial.has("remove", trial.stage.people.remove)
  const update = yield* trial.ours.update
  const [id = "", other = ""] = yield* trial.make(2)
  yield* trial.do(() => remove(id))
  const [gone, fine] = yield* trial.write([
    trial.update(id, (into) => update("to nobody", into)), trial.update(other, (into) => update("fine", into))
  ])
  yield* must(gone?.did === "gone", () => `an update of a deleted record was answered with ${said(gone)}`)
  yield* must(fine?.did === "written", () => `an update of a deleted record cost its neighbour: ${said(fine)}`)
})

export const writing: ReadonlyArray<Promised> = [
  { name: "one outcome a change, in order", needs: ["make", "create", "update"], run: inOrder,
    says: "Creates and updates in one batch get one outcome each, in their order; a missing record is gone." },
  { name: "an unseen edit is not overwritten", needs: ["make", "edit", "update"], run: moved,
    says: "If the record no longer shows what the hub last saw, nothing is written, and the outcome is moved." },
  { name: "a patch sees the record as it stands", needs: ["make", "edit", "update"], run: underGuard,
    says: "A patch is asked for with the record under the guard, edits of a moment ago included." },
  { name: "a lost lease sends nothing", needs: ["make", "create", "update"], run: fenced,
    says: "When the fence fails nothing leaves, and every outcome is unsent." },
  { name: "one key, one record", needs: ["create", "key"], run: idempotent,
    says: "A create that is sent twice with one key makes one record." },
  { name: "one record twice in a batch", needs: ["make", "update"], traps: ["twins-in-batch"], run: twice,
    says: "Two changes of one record in a batch do not refuse the batch, and are answered as they went." },
  { name: "two creates of one key in a batch", needs: ["create", "twin"], traps: ["twins-in-batch"], run: twins,
    says: "Two creates of one unique value make one record, and cost no neighbour." },
  { name: "a value that is taken", needs: ["create", "twin"], run: existing,
    says: "A create of a value that a record has already makes no second one." },
  { name: "a bad record costs only itself", needs: ["create", "bad"], traps: ["ok-with-errors"], run: badNeighbour,
    says: "One record that is refused refuses none of its batch, and its cause repeats no data." },
  { name: "a bad record costs few calls", needs: ["create", "bad", "calls"], traps: ["ok-with-errors"], run: fewCalls,
    says: "To single out one bad record of a batch takes 2 log2(n) + 2 more calls at most." },
  { name: "a bad update costs only itself", needs: ["make", "update", "bad"], traps: ["ok-with-errors", "read-only-fields"],
    run: badUpdate, says: "An update that is refused changes nothing, and costs no neighbour." },
  { name: "a read-only column", needs: ["make", "update", "locked", "describe"], traps: ["read-only-fields"], run: locked,
    says: "A column that only the system writes is refused or withheld by name, and costs no neighbour." },
  { name: "child rows stay", needs: ["update", "children"], traps: ["list-replacement"], run: children,
    says: "Changing one child row, or the record, deletes no other child row." },
  { name: "no echo by poll", needs: ["make", "create", "update"], traps: ["echo", "two-formats"], run: echoByPoll,
    says: "What we wrote is read back with the values that the answer to the write showed." },
  { name: "deletes", needs: ["make", "delete"], run: removal,
    says: "A deletion removes one record, unless its expectation fails." },
  { name: "deleted under our hands", needs: ["make", "remove", "update"], run: deletedUnderUs,
    says: "An update of a record that is gone says so, and costs no neighbour." }
]
