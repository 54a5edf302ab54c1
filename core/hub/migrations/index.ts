/** The hub's format by number, forward only. A number that was released is never edited: add the next one. */
import { first } from "./0001.ts"

const steps: ReadonlyArray<string> = [first]

/** The format this program writes. */
export const latest = steps.length

/** Brings a file of format `from` to `to`; run inside a transaction. */
export const migrate = (from: number, exec: (sql: string) => void, to = latest): void => {
  for (let number = from; number < to; number++) exec(steps[number] ?? "")
  exec(`PRAGMA user_version = ${to}`)
}
