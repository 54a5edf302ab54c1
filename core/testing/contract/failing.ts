/** Lost answers, throttles, locks, expired tokens: what is certain, what is tried again, and what nobody knows. */
import { Effect } from "effect"
import type { Outcome } from "../../connector/connector.ts"
import { remedy } from "../../connector/errors.ts"
import type { ConnectorError, Remedy } from "../../connector/errors.ts"
import type { Ability, Faults } from "./subject.ts"
import type { Promised } from "./promise.ts"
import { breach, Copy, must, said } from "./trial.ts"
import type { ContractBreach, Step, Trial } from "./trial.ts"

/** A second chance is the engine's to give; a fault may cost the first attempt, never the data. */
const secondChance = (
  copy: Copy, remedies: ReadonlyArray<Remedy>, what: string
): Effect.Effect<void, ContractBreach | ConnectorError> =>
  Effect.catchTag(Effect.asVoid(copy.read()), "ConnectorError", (error) => Effect.gen(function*() {
    const found = remedy(error.reason)
    yield* must(remedies.includes(found), () => `${what} is told as ${error.reason._tag}: ${found}`)
    yield* copy.read()
  }))

const reads = (ability: Ability & keyof Faults, remedies: ReadonlyArray<Remedy>, what: string) =>
  (trial: Trial): Step<void> => Effect.gen(function*() {
    const fault = yield* trial.has(ability, trial.stage.faults?.[ability] as (() => void) | undefined)
    const ids = yield* trial.make(trial.subject.page + 3)
    yield* trial.settle
    const copy = new Copy(trial)
    fault()
    yield* secondChance(copy, remedies, what)
    const lost = ids.filter((id) => !copy.records.has(id))
    yield* must(lost.length === 0, () => `${what} cost ${lost.length} records`)
    yield* must(copy.gone.size === 0 && copy.unreadable.size === 0, () => `${what} is taken for data`)
  })

/** Written, or certainly not and then written the second time; once in either case. */
const writes = (ability: Ability & keyof Faults, certain: boolean, what: string) =>
  (trial: Trial): Step<void> => Effect.gen(function*() {
    const fault = yield* trial.has(ability, trial.stage.faults?.[ability] as (() => void) | undefined)
    const update = yield* trial.ours.update
    const [id = ""] = yield* trial.make(1)
    const change = trial.update(id, (into) => update("through", into))
    fault()
    const [first] = yield* trial.write([change])
    const fine: ReadonlyArray<Outcome["did"]> = certain ? ["written", "unsent"] : ["written", "unsent", "unknown"]
    yield* must(first !== undefined && fine.includes(first.did), () => `${what} is answered with ${said(first)}`)
    if (first?.did !== "written") yield* trial.wrote(change)
    yield* must((yield* trial.look(id)) === "through", () => `${what}: what was answered as written is not there`)
  })

const createsOnce = (trial: Trial): Step<void> => Effect.gen(function*() {
  const unavailable = yield* trial.has("unavailable", trial.stage.faults?.unavailable)
  const create = yield* trial.ours.create
  const count = yield* trial.count
  const key = trial.key()
  unavailable()
  yield* trial.write([trial.create(create, 1_001, "once", key)])
  const made = (yield* trial.count) - count
  yield* must(made <= 1, () => `a create that failed was tried again and made ${made} records`)
})

const lostAnswerToCreate = (trial: Trial): Step<void> => Effect.gen(function*() {
  const cut = yield* trial.has("cut-after", trial.stage.faults?.cutAfter)
  const create = yield* trial.ours.create
  const count = yield* trial.count
  const key = trial.key()
  cut("create")
  const [first] = yield* trial.write([trial.create(create, 1_011, "once", key)])
  const landed = (yield* trial.count) - count
  yield* must(landed === 1, () => landed === 0
    ? "the fault did not let the create through: it proves nothing"
    : `a create whose answer was lost made ${landed} records`)
  const honest = first?.did === "unknown" || first?.did === "written" || first?.did === "exists"
  yield* must(honest, () => `a create that landed and whose answer was lost is answered with ${said(first)}`)
  yield* trial.settle
  if (first?.did !== "unknown" || trial.resource.writer?.creates === "once") return
  const [second] = yield* trial.write([trial.create(create, 1_011, "once", key)])
  yield* must(second?.did === "written" || second?.did === "exists", () =>
    `asked again under its key, the create is answered with ${said(second)}`)
  const made = (yield* trial.count) - count
  yield* must(made === 1, () => `asked again under its key, one create made ${made} records`)
})

const lostAnswerToUpdate = (trial: Trial): Step<void> => Effect.gen(function*() {
  const cut = yield* trial.has("cut-after", trial.stage.faults?.cutAfter)
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  const count = yield* trial.count
  cut("update")
  const [first] = yield* trial.write([trial.update(id, (into) => update("landed", into))])
  yield* must((yield* trial.look(id)) === "landed", () => "the fault did not let the update through: it proves nothing")
  yield* must(first?.did === "unknown" || first?.did === "written", () =>
    `an update that landed and whose answer was lost is answered with ${said(first)}`)
  yield* trial.wrote(trial.update(id, (into) => update("again", into)))
  yield* must((yield* trial.look(id)) === "again", () => "after a lost answer the next update did not arrive")
  yield* must((yield* trial.count) === count, () => "an update made a record")
})

const lostRequest = (trial: Trial): Step<void> => Effect.gen(function*() {
  const cut = yield* trial.has("cut-before", trial.stage.faults?.cutBefore)
  const create = yield* trial.ours.create
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  const count = yield* trial.count
  const before = yield* trial.look(id)
  const key = trial.key()
  cut("create")
  const [made] = yield* trial.write([trial.create(create, 1_021, "once", key)])
  const landed = (yield* trial.count) - count
  yield* must(landed <= 1, () => `a create that was lost on its way made ${landed} records`)
  yield* must((made?.did === "written") === (landed === 1), () =>
    `a create that was lost on its way and made ${landed} records is answered with ${said(made)}`)
  yield* must(made?.did !== "refused" && made?.did !== "gone", () => `a lost create is answered with ${said(made)}`)
  cut("update")
  const [changed] = yield* trial.write([trial.update(id, (into) => update("changed", into))])
  const now = yield* trial.look(id)
  yield* must(now === (changed?.did === "written" ? "changed" : before), () =>
    `an update that was lost on its way is answered with ${said(changed)}, and the record says otherwise`)
  yield* trial.wrote(trial.update(id, (into) => update("changed", into)))
})

const partial = (trial: Trial): Step<void> => Effect.gen(function*() {
  const fault = yield* trial.has("partial", trial.stage.faults?.partial)
  const update = yield* trial.ours.update
  const ids = yield* trial.make(5)
  fault()
  const outcomes = yield* trial.write(ids.map((id, nth) => trial.update(id, (into) => update(`part ${nth}`, into))))
  for (const [nth, id] of ids.entries()) {
    const there = (yield* trial.look(id)) === `part ${nth}`
    const outcome = outcomes[nth]
    yield* must((outcome?.did === "written") === there || outcome?.did === "unknown", () =>
      `one record of a batch failed, and change ${nth} is answered with ${said(outcome)} though it is ${there ? "" : "not "}there`)
  }
  const cost = outcomes.filter(({ did }) => did !== "written").length
  yield* must(cost <= 1, () => `one record of a batch failed and ${cost} were not written`)
})

/** A token that is refused right after it was renewed is another fault, and not renewed again. */
const aWhile = 300_000

const expiry = (trial: Trial): Step<void> => Effect.gen(function*() {
  const expire = yield* trial.has("expire", trial.stage.faults?.expire)
  const ids = yield* trial.make(trial.subject.page + 3)
  yield* trial.settle
  const copy = new Copy(trial)
  yield* copy.take(yield* trial.first(undefined))
  trial.time.advance(aWhile)
  expire()
  yield* copy.read()
  const lost = ids.filter((id) => !copy.records.has(id))
  yield* must(lost.length === 0, () => `a token that expired between pages cost ${lost.length} records`)
})

const expiryInWrite = (trial: Trial): Step<void> => Effect.gen(function*() {
  const expire = yield* trial.has("expire", trial.stage.faults?.expire)
  const update = yield* trial.ours.update
  const ids = yield* trial.make(3)
  yield* trial.fetch(ids)
  trial.time.advance(aWhile)
  expire()
  const outcomes = yield* trial.write(ids.slice(0, 3).map((id) => trial.update(id, (into) => update("renewed", into))))
  const not = outcomes.find(({ did }) => did !== "written")
  yield* must(not === undefined, () => `a write with an expired token is answered with ${said(not)}`)
})

const rotation = (trial: Trial): Step<void> => Effect.gen(function*() {
  const expire = yield* trial.has("expire", trial.stage.faults?.expire)
  const ids = yield* trial.make(1)
  yield* trial.settle
  yield* trial.pages(undefined)
  const { vault } = trial
  const saves = vault.saves
  vault.full = true
  trial.time.advance(aWhile)
  expire()
  const read = yield* Effect.result(trial.pages(undefined))
  yield* must(read._tag === "Failure", () => "a renewed token was used though it could not be stored")
  vault.full = false
  const copy = new Copy(trial)
  yield* copy.read()
  yield* must(vault.saves > saves, () => "a token that was renewed was never stored")
  if (!ids.every((id) => copy.records.has(id))) return yield* breach("after the disk had room again nothing was read")
})

export const failing: ReadonlyArray<Promised> = [
  { name: "a throttled read", needs: ["make", "throttle"], traps: ["throttle-forms", "ok-with-errors"],
    run: reads("throttle", ["retry"], "a throttle"),
    says: "Too many requests, in whatever form the vendor says it, are waited for and cost no record." },
  { name: "a throttled write", needs: ["make", "update", "throttle"], traps: ["throttle-forms"],
    run: writes("throttle", true, "a throttle"), says: "A write that was throttled is written, or certainly unsent." },
  { name: "a server out of order", needs: ["make", "unavailable"],
    run: reads("unavailable", ["retry"], "a server out of order"), says: "A server error costs no record and is no data." },
  { name: "a write to a server out of order", needs: ["make", "update", "unavailable"],
    run: writes("unavailable", false, "a server out of order"),
    says: "A write that met a server error is written, unsent, or honestly unknown." },
  { name: "a failed create is not doubled", needs: ["create", "unavailable"], run: createsOnce,
    says: "A create that met a server error makes one record at most." },
  { name: "a lost answer to a create", needs: ["create", "cut-after"], run: lostAnswerToCreate,
    says: "A create whose answer was lost is unknown or found; asked again under its key it makes no second record." },
  { name: "a lost answer to an update", needs: ["make", "update", "cut-after"], run: lostAnswerToUpdate,
    says: "An update whose answer was lost is unknown or found, never unsent." },
  { name: "a lost request", needs: ["make", "create", "update", "cut-before"], run: lostRequest,
    says: "A request that was lost on its way is never answered as written." },
  { name: "a row lock", needs: ["make", "update", "lock"], traps: ["row-locks"], run: writes("lock", true, "a row lock"),
    says: "A record that another writer holds is tried again, or certainly unsent; never refused." },
  { name: "one record of a batch fails", needs: ["make", "update", "partial"], traps: ["ok-with-errors"], run: partial,
    says: "When the system fails one record of a batch, the others are written and each answer is true." },
  { name: "a token expires", needs: ["make", "expire"], run: expiry,
    says: "A token that expires between two pages is renewed, and nothing is lost." },
  { name: "a token expires before a write", needs: ["make", "update", "expire"], run: expiryInWrite,
    says: "A token that expires before a write is renewed, and the write goes through." },
  { name: "a renewed token is stored before it is used", needs: ["make", "expire", "rotate"], traps: ["token-rotation"],
    run: rotation, says: "While a renewed token cannot be stored it is not used; when it can, work goes on." }
]
