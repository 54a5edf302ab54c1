/** The hub's format by number, forward only. A number that was released is never edited: add the next one. */
import { first } from "./0001.ts"

/** All formats in order: the file's number is how many of them it has seen. */
export const formats: ReadonlyArray<string> = [first]

/** Brings a file from format `from` to the newest; run in a transaction, so that it is old or new, never between. */
export const migrate = (from: number, steps: ReadonlyArray<string>, exec: (sql: string) => void): void => {
  for (const step of steps.slice(from)) exec(step)
  exec(`PRAGMA user_version = ${steps.length}`)
}
