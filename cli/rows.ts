/** Shows the rows of a dry run as they come: every record and field that would change, and the rule that decided. */
import { Effect } from "effect"
import type { PreviewField, PreviewRow } from "../core/engine/index.ts"
import type { Project } from "../core/engine/index.ts"
import { plainly } from "./output.ts"
import type { Output } from "./output.ts"
import { change, shown, words } from "./render.ts"

export interface Rows {
  readonly add: (row: PreviewRow) => Effect.Effect<void>
  /** Ends the list; `rest` is what a JSON answer holds beside the rows. */
  readonly end: (rest: { readonly [key: string]: unknown }) => void
}

/** A JSON answer is written row by row as well: a plan may be longer than memory. */
export const rowsTo = (project: Project, out: Output, summary: boolean): Rows => {
  const entities = new Map(project.syncs.map((sync) => [sync.entity.name, sync.entity]))
  const specOf = (row: PreviewRow, field: PreviewField) => entities.get(row.entity)?.field(field.path)
  const write = (text: string): void => void process.stdout.write(text)
  let rows = 0
  const asData = (row: PreviewRow) => ({
    ...row,
    fields: row.fields.map((field) => ({
      ...field,
      old: field.old === undefined ? undefined : shown(specOf(row, field), field.old, out.personal),
      new: shown(specOf(row, field), field.new, out.personal)
    }))
  })
  const print = (row: PreviewRow): void => {
    const paint = row.op === "create" ? out.paint.green : row.op === "remove" ? out.paint.red : out.paint.yellow
    const what = row.op === "remove" ? row.how ?? "delete" : row.op
    const from = row.from.replace("|", " ")
    const record = row.ext === undefined ? row.side : `${row.side} ${row.ext}`
    const entity = row.op === "create" ? `${row.entity} from ${from}` : row.entity
    out.line(`${paint(what)} ${out.paint.bold(record)} (${entity})`)
    const width = Math.max(0, ...row.fields.map((field) => field.path.length))
    for (const field of row.fields) {
      const after = shown(specOf(row, field), field.new, out.personal)
      const before = field.old === undefined ? undefined : shown(specOf(row, field), field.old, out.personal)
      const text = row.op === "create" ? words(after)
        : field.old === undefined ? `(not read) → ${words(after)}`
        : change(before, after)
      out.line(`  ${field.path.padEnd(width)}  ${text}  ${out.paint.dim(field.why)}`)
    }
  }
  return {
    add: (row) => Effect.sync(() => {
      rows++
      if (out.json) write(`${rows === 1 ? "{\"rows\":[\n" : ",\n"}${JSON.stringify(asData(row))}`)
      else if (!summary) print(row)
    }),
    end: (rest) => {
      if (!out.json) return
      const more = JSON.stringify(rest, plainly).slice(1)
      write(`${rows === 0 ? "{\"rows\":[" : "\n"}],${more}\n`)
    }
  }
}
