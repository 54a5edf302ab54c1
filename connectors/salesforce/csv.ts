/** CSV as Bulk API 2.0 writes and reads it: commas, line feeds, quotes doubled. */

const quoted = (cell: string): string => /[",\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll("\"", "\"\"")}"` : cell

export const toCsv = (header: ReadonlyArray<string>, rows: Iterable<ReadonlyArray<string>>): string => {
  const lines = [header.map(quoted).join(",")]
  for (const row of rows) lines.push(row.map(quoted).join(","))
  return `${lines.join("\n")}\n`
}

const [comma, quote, lineFeed, carriageReturn] = [44, 34, 10, 13]

/** Rows of cells. Throws on a quote that never ends: half a file is not a file. */
export const fromCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<ReadonlyArray<string>> = []
  let row: Array<string> = []
  let at = 0
  while (at < text.length) {
    const { cell, end } = text.charCodeAt(at) === quote ? quotedCell(text, at) : plainCell(text, at)
    row.push(cell)
    at = end
    if (text.charCodeAt(at) === comma) {
      at++
      // A comma at the very end has an empty cell behind it.
      if (at < text.length) continue
      row.push("")
    }
    if (text.charCodeAt(at) === carriageReturn) at++
    at++
    rows.push(row)
    row = []
  }
  return rows
}

interface Cell {
  readonly cell: string
  /** Where the comma or the end of the line is. */
  readonly end: number
}

const plainCell = (text: string, from: number): Cell => {
  let end = from
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (code === comma || code === lineFeed || (code === carriageReturn && text.charCodeAt(end + 1) === lineFeed)) break
  }
  return { cell: text.slice(from, end), end }
}

const quotedCell = (text: string, from: number): Cell => {
  let cell = ""
  for (let at = from + 1; ; ) {
    const next = text.indexOf("\"", at)
    if (next < 0) throw new TypeError("a quote in the CSV never ends")
    cell += text.slice(at, next)
    if (text.charCodeAt(next + 1) !== quote) return { cell, end: next + 1 }
    cell += "\""
    at = next + 2
  }
}

/** Rows by the names of the header. */
export const recordsOf = (text: string): ReadonlyArray<{ readonly [column: string]: string }> => {
  const [header, ...rows] = fromCsv(text)
  if (header === undefined) return []
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ""])))
}
