/** Both databases side by side, asked by SQL of the test's own: no mapping takes part. */
import { expect } from "vitest"
import type { Database, Row } from "./database.ts"
import { countries } from "./shop.ts"

/** One question to both sides; columns of the answers have the same names. Rows are told apart by all of them. */
export interface Question {
  readonly erp: string
  readonly shop: string
  /** Numbers, compared by value: `9.8` and `9.80` are the same amount. */
  readonly numbers?: ReadonlyArray<string>
  /** Names of countries on one side, codes on the other. */
  readonly country?: string
  /** Points in time, compared to the second. */
  readonly time?: string
}

const codeOf = new Map<string, string>(Object.entries(countries))

/** Digits without needless zeros, never through a float. */
const plain = (text: string): string => text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text

const answers = (rows: ReadonlyArray<Row>, question: Question): ReadonlyArray<string> => {
  const { numbers = [], country, time } = question
  return rows.map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).map(([column, cell]) => {
    if (cell === null) return [column, null]
    if (numbers.includes(column)) return [column, plain(cell)]
    if (column === country) return [column, codeOf.get(cell) ?? cell]
    return [column, column === time ? cell.replace("T", " ").slice(0, 19) : cell.trim()]
  })))).sort()
}

/** Fails with the rows that differ. */
export const identical = async (
  erp: Database, shop: Database, questions: { readonly [name: string]: Question }
): Promise<{ readonly [name: string]: number }> => {
  const counts: { [name: string]: number } = {}
  for (const [name, question] of Object.entries(questions)) {
    const theirs = answers(await erp.query(question.erp), question)
    const ours = answers(await shop.query(question.shop), question)
    const [known, found] = [new Set(theirs), new Set(ours)]
    expect({ name, lost: theirs.filter((row) => !found.has(row)), added: ours.filter((row) => !known.has(row)) })
      .toEqual({ name, lost: [], added: [] })
    expect({ name, rows: ours.length }).toEqual({ name, rows: theirs.length })
    counts[name] = theirs.length
  }
  return counts
}
