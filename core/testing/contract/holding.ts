/** Hostile values: what cannot be held is refused by name, never cut, changed or executed. */
import { Effect } from "effect"
import type { Outcome } from "../../connector/connector.ts"
import type { Promised } from "./promise.ts"
import { breach, must, said } from "./trial.ts"
import type { Step, Trial } from "./trial.ts"
import { heldOf } from "./reading.ts"

/** Texts that have broken somebody's software before. */
export const hostile: ReadonlyArray<string> = [
  "Zoë Größe", "e\u0301 not é", "日本語 한국어", "\u{1F9D1}\u200D\u{1F4BB} \u{20BB7}", "שלום \u202Eabc", "O'Brien \"quoted\" \\ back",
  "a\nb", "tab\there", "<script>alert(1)</script>", "${1+1} {{7*7}} %s %00", "'; drop table people; --",
  "' OR Name != '", "} mutation { deleteAll }", "null", "undefined", "NaN", "true", "0", "-0", "1e999",
  "9223372036854775807", "__proto__", "constructor", "toString", "{\"__proto__\":{\"polluted\":true}}", "[object Object]",
  "2026-02-30", "=1+1", "a;b;c", "a,b", "  inner   spaces", "#N/A"
]

const kept = (outcome: Outcome | undefined): "held" | "not" =>
  outcome?.did === "written" && (outcome.withheld ?? []).length === 0 ? "held" : "not"

const texts = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const stored = trial.stage.ours?.stored ?? ((text: string) => text)
  const [id = "", other = ""] = yield* trial.make(2)
  const neighbour = yield* trial.look(other)
  for (const [at, text] of hostile.entries()) {
    const before = yield* trial.look(id)
    const [outcome] = yield* trial.write([trial.update(id, (into) => update(text, into))])
    const there = yield* trial.look(id)
    if (kept(outcome) === "not") {
      yield* must(outcome?.did === "written" || outcome?.did === "refused", () =>
        `hostile text ${at} was answered with ${said(outcome)}`)
      yield* must(there === before, () => `hostile text ${at} was refused and changed the record`)
      continue
    }
    yield* must(there === stored(text), () => `hostile text ${at} is stored as another text`)
    const held = heldOf(yield* trial.fetch([id]), id)
    if (held === undefined) return yield* breach(`with hostile text ${at} the record cannot be read`)
    yield* must(trial.textOf(held) === there, () => `hostile text ${at} is read as another text`)
  }
  yield* must(!("polluted" in {}), () => "a value reached the prototype of every object")
  yield* must((yield* trial.look(other)) === neighbour, () => "a text changed another record")
})

const createdTexts = (trial: Trial): Step<void> => Effect.gen(function*() {
  const create = yield* trial.ours.create
  const stored = trial.stage.ours?.stored ?? ((text: string) => text)
  const changes = hostile.map((text, at) => trial.create(create, 2_000 + at, text))
  const outcomes = yield* trial.write(changes)
  for (const [at, outcome] of outcomes.entries()) {
    if (outcome.did !== "written" || kept(outcome) === "not") {
      yield* must(outcome.did === "written" || outcome.did === "refused", () =>
        `hostile text ${at} was answered with ${said(outcome)}`)
      continue
    }
    const there = yield* trial.look(outcome.id)
    yield* must(there === stored(hostile[at] ?? ""), () => `hostile text ${at} was created as another text`)
  }
})

const lengths = (trial: Trial): Step<void> => Effect.gen(function*() {
  const update = yield* trial.ours.update
  const longest = yield* trial.has("longest", trial.stage.ours?.longest)
  const [id = ""] = yield* trial.make(1)
  const full = "x".repeat(longest)
  yield* trial.wrote(trial.update(id, (into) => update(full, into)))
  yield* must((yield* trial.look(id)) === full, () => "the longest text that fits is not stored whole")
  const [outcome] = yield* trial.write([trial.update(id, (into) => update(`${full}y`, into))])
  const there = yield* trial.look(id)
  yield* must(there === full, () => `a text that is too long was ${there === undefined ? "lost" : "cut or stored"}`)
  yield* must(outcome?.did === "refused" || (outcome?.did === "written" && kept(outcome) === "not"), () =>
    `a text that is too long was answered with ${said(outcome)} and not withheld`)
})

const money = (trial: Trial): Step<void> => Effect.gen(function*() {
  const coins = yield* trial.has("money", trial.stage.ours?.money)
  for (const [currency, amount] of coins.currencies) {
    const [id = ""] = yield* trial.make(1)
    const [outcome] = yield* trial.write([trial.update(id, (into) => coins.patch(currency, amount, into))])
    if (outcome?.did === "refused") continue
    yield* must(outcome?.did === "written", () => `${amount} ${currency} was answered with ${said(outcome)}`)
    const held = heldOf(yield* trial.fetch([id]), id)
    const read = held === undefined ? undefined : coins.read(held.record)
    yield* must(read === amount, () => `${amount} ${currency} is read back as ${read ?? "nothing"}`)
  }
})

const wide = (trial: Trial): Step<void> => Effect.gen(function*() {
  const column = yield* trial.has("wide", trial.stage.ours?.wide)
  const [id = ""] = yield* trial.make(1)
  for (const digits of ["9223372036854775807", "9007199254740993", "-9223372036854775808"]) {
    yield* trial.wrote(trial.update(id, () => column.patch(digits)))
    const held = heldOf(yield* trial.fetch([id]), id)
    const read = held === undefined ? undefined : column.read(held.record)
    yield* must(read === digits, () => `${digits} is read back as ${JSON.stringify(read ?? null)}`)
  }
})

export const holding: ReadonlyArray<Promised> = [
  { name: "hostile texts", needs: ["make", "update", "text"], run: texts,
    says: "Every text is stored and read as it is, or refused by name: Unicode, quotes, markup, queries, `__proto__`." },
  { name: "hostile texts in creates", needs: ["create", "text"], run: createdTexts,
    says: "The same for a batch of new records." },
  { name: "texts that are too long", needs: ["make", "update", "longest"], run: lengths,
    says: "A text that is too long is refused or withheld, never cut." },
  { name: "money with no and three decimals", needs: ["make", "update", "money"], traps: ["decimals"], run: money,
    says: "Amounts of currencies with two, no and three decimals are read as they were written." },
  { name: "64-bit numbers", needs: ["make", "update", "wide"], run: wide,
    says: "Digits that a double would lose are kept." }
]
