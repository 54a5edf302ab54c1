/** Records hold the columns that were asked for: what nobody maps is no change when it changes. */
import { Effect, Stream } from "effect"
import type { Held, Outcome, Page, Reader, Seen, Writer } from "../../core/connector/connector.ts"
import type { Json } from "../../core/model/value.ts"

type Columns = ReadonlyArray<string> | undefined

/** No columns: all of them. */
const held = (one: Held, columns: Columns): Held => {
  if (columns === undefined || columns.length === 0) return one
  const record: { [column: string]: Json } = {}
  for (const column of columns) {
    const cell = Object.hasOwn(one.record, column) ? one.record[column] : undefined
    if (cell !== undefined) record[column] = cell
  }
  return { ...one, record }
}

const seen = (one: Seen, columns: Columns): Seen =>
  one._tag === "Held" ? { ...held(one, columns), _tag: "Held" } : one

const page =
  (columns: Columns) =>
  (one: Page): Page => ({ ...one, seen: one.seen.map((each) => seen(each, columns)) })

export const narrowReader = (reader: Reader): Reader => ({
  ...reader,
  changes: (since, options) => Stream.map(reader.changes(since, options), page(options.columns)),
  listing: (resume, options) => Stream.map(reader.listing(resume, options), page(options.columns)),
  fetch: (ids, options) =>
    Effect.map(reader.fetch(ids, options), (read) => ({
      ...read,
      seen: read.seen.map((each) => seen(each, options.columns))
    }))
})

/** What a write shows is compared with what a reading shows. */
export const narrowWriter = (writer: Writer, columns: () => Columns): Writer => ({
  ...writer,
  write: (changes, fence) =>
    Effect.map(writer.write(changes, fence), (outcomes) => outcomes.map((one) => outcome(one, columns())))
})

const outcome = (one: Outcome, columns: Columns): Outcome => {
  if (one.did === "written" && one.after !== undefined) return { ...one, after: held(one.after, columns) }
  return one.did === "moved" && one.now !== undefined ? { ...one, now: held(one.now, columns) } : one
}
