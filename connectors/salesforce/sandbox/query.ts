/** `/query`, `/queryAll` and their pages: locators of a user are few, and they expire. */
import type { Call, Reply } from "../../../core/connector/sandbox.ts"
import { attempt, failed, refusedReply } from "./answers.ts"
import type { Org, Row } from "./org.ts"
import { Refusal } from "./refusal.ts"
import { run } from "./soql.ts"
import type { Asking, Answer } from "./soql.ts"

/** Open cursors of one user; the oldest dies when there is one more. */
const cursorsAtMost = 10
const cursorLivesMs = 15 * 60_000

interface OpenCursor {
  readonly answer: Answer
  readonly size: number
  usedAt: number
}

export class Queries {
  private readonly org: Org
  private readonly open = new Map<string, OpenCursor>()
  private made = 0
  private readonly most: number
  /** `most`: rows of one answer, which are fewer where rows are wide. */
  constructor(org: Org, most: number) {
    this.org = org
    this.most = most
  }

  start(call: Call, asking: Asking): Reply {
    const text = call.query.get("q")
    if (text === null) return failed(400, "MALFORMED_QUERY", "SOQL is missing")
    if (call.path.length + call.query.toString().length > 16_384) return { status: 414, body: "URI Too Long" }
    const answer = attempt(() => run(this.org, text, asking))
    if (answer instanceof Refusal) return refusedReply(answer)
    if (answer.count !== undefined) return { status: 200, body: { totalSize: answer.count, done: true, records: [] } }
    const size = Math.min(this.most, batchOf(call.headers["sforce-query-options"]))
    return this.page({ answer, size, usedAt: this.org.now() }, 0, asking.version)
  }

  next(locator: string, asking: Asking): Reply {
    const [, id = "", from = "0"] = /^(\w+)-(\d+)$/.exec(locator) ?? []
    const cursor = this.open.get(id)
    if (cursor === undefined || this.org.now() - cursor.usedAt > cursorLivesMs) {
      this.open.delete(id)
      return failed(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    }
    cursor.usedAt = this.org.now()
    return this.page(cursor, Number(from), asking.version, id)
  }

  private page(cursor: OpenCursor, from: number, version: string, known?: string): Reply {
    const { rows, render } = cursor.answer
    const part: ReadonlyArray<Row> = rows.slice(from, from + cursor.size)
    const done = from + part.length >= rows.length
    const id = done ? undefined : known ?? this.keep(cursor)
    if (done && known !== undefined) this.open.delete(known)
    return {
      status: 200,
      body: {
        totalSize: rows.length, done,
        ...(id === undefined ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${id}-${from + part.length}` }),
        records: part.map(render)
      }
    }
  }

  private keep(cursor: OpenCursor): string {
    const id = `01g5e0000${String(++this.made).padStart(6, "0")}AAA`
    this.open.set(id, cursor)
    const [oldest] = this.open.keys()
    if (this.open.size > cursorsAtMost && oldest !== undefined) this.open.delete(oldest)
    return id
  }
}

/** `batchSize=200`: between 200 and 2,000, and 2,000 if nothing is said. */
const batchOf = (option: string | undefined): number => {
  const asked = Number(/batchSize=(\d+)/i.exec(option ?? "")?.[1] ?? 2_000)
  return Math.min(2_000, Math.max(200, asked))
}
