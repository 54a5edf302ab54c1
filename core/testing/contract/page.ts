/** The contract as a page: every promise in a sentence, and for each resource what it is not asked for and why. */
import { promises, reasonOf } from "../contract.ts"
import { traps } from "./promise.ts"
import type { Subject } from "./subject.ts"
import { abilities } from "./subject.ts"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

const promiseTable = (): ReadonlyArray<string> => [
  row("promise", "says", "looks for"), "|---|---|---|",
  ...promises.map(({ name, says, traps: looks }) =>
    row(name, says, (looks ?? []).map((trap) => traps[trap]).join("; ")))
]

/** What a subject is not asked for, by the ability that it lacks. */
const lacking = (subject: Subject): ReadonlyArray<string> => {
  const skipped = new Map<string, Array<string>>()
  for (const promise of promises) {
    if (reasonOf(subject, promise) === undefined) continue
    const ability = promise.needs.find((one) => subject.cannot[one] !== undefined) ?? ""
    skipped.set(ability, [...skipped.get(ability) ?? [], promise.name])
  }
  const kept = promises.length - [...skipped.values()].flat().length
  const lines = [...skipped].map(([ability, names]) =>
    row(wordsOf(ability), names.join("; "), reasonIn(subject, ability)))
  return [
    `## ${subject.name}`,
    `Keeps ${kept} of ${promises.length} promises${lines.length === 0 ? "." : "; it is not asked for these:"}`,
    ...lines.length === 0 ? [] : ["", row("needs that", "promises", "why not here"), "|---|---|---|", ...lines], ""
  ]
}

const wordsOf = (ability: string): string =>
  Object.entries(abilities).find(([name]) => name === ability)?.[1] ?? ability

const reasonIn = (subject: Subject, ability: string): string =>
  Object.entries(subject.cannot).find(([name]) => name === ability)?.[1] ?? ""

/** Markdown. */
export const capabilityPage = (subjects: ReadonlyArray<Subject>): string => [
  "# What every connector promises, and what a resource cannot do",
  "Written by `npm run docs:capabilities` from the contract suite of `esl/testing`; a test keeps it true. Each promise is a case that " +
    "runs against the resource over its real protocol, a database or the vendor's sandbox; `tests/contract` shows for each that it can fail.",
  "",
  "## The promises",
  ...promiseTable(), "",
  ...subjects.flatMap(lacking)
].join("\n")
