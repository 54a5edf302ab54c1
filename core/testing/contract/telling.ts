/** Webhooks: proved by their raw bytes, nothing but hints, and never needed to be complete or in order. */
import { Effect } from "effect"
import type { Delivery, Receipt } from "../../connector/webhook.ts"
import type { Promised } from "./promise.ts"
import { breach, Copy, differing, must } from "./trial.ts"
import type { Step, Trial } from "./trial.ts"
import { heldOf } from "./reading.ts"

const receive = (trial: Trial, delivery: Delivery): Step<Receipt> =>
  Effect.flatMap(trial.has("webhook", trial.stage.connection.receiver), (receiver) => receiver.receive(delivery))

const sent = (trial: Trial): Step<ReadonlyArray<Delivery>> =>
  Effect.flatMap(trial.has("webhook", trial.stage.hooks), (hooks) => trial.do(hooks.take))

/** The ids that genuine messages about this resource name. */
const hinted = (
  trial: Trial, deliveries: ReadonlyArray<Delivery>
): Step<ReadonlyArray<string>> => Effect.gen(function*() {
  const ids: Array<string> = []
  for (const delivery of deliveries) {
    const receipt = yield* receive(trial, delivery)
    if (receipt._tag === "Rejected") return yield* breach(`the vendor's own message was rejected: ${receipt.why}`)
    const data = receipt.hints.find(({ seen }) => seen._tag === "Held" && seen.complete)
    yield* must(data === undefined, () => "a webhook is taken for a complete record")
    ids.push(...receipt.hints.filter(({ resource }) => resource === trial.stage.resource).map(({ seen }) => seen.id))
  }
  return ids
})

const genuine = (trial: Trial): Step<void> => Effect.gen(function*() {
  const [id = ""] = yield* trial.make(1)
  yield* sent(trial)
  yield* trial.edit(id, "told by webhook")
  const deliveries = yield* sent(trial)
  const ids = yield* hinted(trial, deliveries)
  yield* must(ids.includes(id), () => "an edit was told by the system and no hint names its record")
  const copy = new Copy(trial)
  yield* copy.absorb(ids.map((one) => ({ _tag: "Hint", id: one })))
  yield* must(copy.text(id) === "told by webhook", () => "the record that a hint names is not the edited one")
  const [delivery] = deliveries
  if (delivery === undefined) return
  const changed = Uint8Array.from(delivery.body, (byte, at) => at === delivery.body.length >> 1 ? byte ^ 1 : byte)
  const receipt = yield* receive(trial, { ...delivery, body: changed })
  yield* must(receipt._tag === "Rejected", () => "a message with one bit changed counts as genuine")
  const unsigned = Object.fromEntries(Object.entries(delivery.headers).filter(([name]) => !/signature|hmac/i.test(name)))
  const bare = yield* receive(trial, { ...delivery, headers: unsigned })
  yield* must(bare._tag === "Rejected", () => "a message without a signature counts as genuine")
})

const doubled = (trial: Trial): Step<void> => Effect.gen(function*() {
  const hooks = yield* trial.has("webhook", trial.stage.hooks)
  const [id = ""] = yield* trial.make(1)
  yield* sent(trial)
  hooks.fault("doubled")
  yield* trial.edit(id, "told twice")
  const deliveries = yield* sent(trial)
  yield* must(deliveries.length > 1, () => "the fault did not double the message: it proves nothing")
  const keys = new Map<string, number>()
  for (const delivery of deliveries) {
    const receipt = yield* receive(trial, delivery)
    if (receipt._tag === "Genuine") keys.set(receipt.key, (keys.get(receipt.key) ?? 0) + 1)
  }
  yield* must([...keys.values()].some((times) => times > 1), () => "a message that was sent twice has two keys")
})

const unordered = (trial: Trial): Step<void> => Effect.gen(function*() {
  const hooks = yield* trial.has("webhook", trial.stage.hooks)
  const [id = ""] = yield* trial.make(1)
  yield* trial.settle
  const copy = yield* trial.caughtUp
  yield* sent(trial)
  hooks.fault("late")
  yield* trial.edit(id, "first")
  yield* trial.edit(id, "second")
  for (const hint of yield* hinted(trial, yield* sent(trial))) yield* copy.absorb([{ _tag: "Hint", id: hint }])
  yield* must(copy.text(id) === "second", () => "messages out of order brought an older state back")
  hooks.fault("lost")
  yield* trial.edit(id, "third")
  yield* hinted(trial, yield* sent(trial))
  yield* trial.settle
  yield* copy.read()
  yield* must(copy.text(id) === "third", () => "an edit whose message was lost is not found by polling")
  yield* copy.absorb([{ _tag: "Hint", id: trial.stage.people.unknown }])
  yield* must(!copy.records.has(trial.stage.people.unknown), () => "a hint of a record that is not there yet is a record")
})

const echo = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const [id = ""] = yield* trial.make(1)
  yield* sent(trial)
  const { after } = yield* trial.wrote(trial.update(id, (into) => update("ours", into)))
  const ids = yield* hinted(trial, yield* sent(trial))
  const seen = yield* trial.fetch([...new Set([...ids, id])])
  const read = heldOf(seen, id)
  if (read === undefined) return yield* breach("the record we wrote cannot be read after its webhook")
  const columns = after === undefined ? [] : differing(after, read)
  yield* must(columns.length === 0, () => `our own write comes back by webhook as an edit of ${columns.join(", ")}`)
})

export const telling: ReadonlyArray<Promised> = [
  { name: "a webhook is proved and is a hint", needs: ["make", "edit", "webhook"], run: genuine,
    says: "The vendor's message is genuine and names its record; with one bit changed or unsigned it is rejected." },
  { name: "a webhook sent twice", needs: ["make", "edit", "webhook"], traps: ["webhook-order"], run: doubled,
    says: "A message that was sent twice has one key." },
  { name: "webhooks late, lost, too early", needs: ["make", "edit", "webhook"], traps: ["webhook-order"], run: unordered,
    says: "Messages out of order, missing, or about a record that is not there yet do no harm." },
  { name: "no echo by webhook", needs: ["make", "update", "webhook"], traps: ["echo"], run: echo,
    says: "What we wrote and are told of is read with the values that we know." }
]
