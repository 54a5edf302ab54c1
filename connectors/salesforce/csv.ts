/** CSV as Bulk API 2.0 writes and reads it: commas, line feeds, quotes doubled. */

const quoted = (cell: string): string => /[",\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll("\"", "\"\"")}"` : cell

export const toCsv = (header: ReadonlyArray<string>, rows: Iterable<ReadonlyArray<string>>): string => {
  const lines = [header.map(quoted).join(",")]
  for (const row of rows) lines.push(row.map(quoted).join(","))
  return `${lines.join("\n")}\n`
}

/** Rows of cells. Throws on a quote that never ends: half a file is not a file. */
export const fromCsv = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<ReadonlyArray<string>> = []
  let row: Array<string> = []
  let cell = ""
  let inside = false
  const endCell = (): void => { row.push(cell); cell = "" }
  const endRow = (): void => { endCell(); rows.push(row); row = [] }
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (inside) {
      if (letter !== "\"") cell += letter
      else if (text[at + 1] === "\"") { cell += "\""; at++ } else inside = false
    } else if (letter === "\"") inside = true
    else if (letter === ",") endCell()
    else if (letter === "\n") endRow()
    else if (letter !== "\r" || text[at + 1] !== "\n") cell += letter
  }
  if (inside) throw new TypeError("a quote in the CSV never ends")
  if (cell !== "" || row.length > 0) endRow()
  return rows
}

/** Rows by the names of the header. */
export const recordsOf = (text: string): ReadonlyArray<{ readonly [column: string]: string }> => {
  const [header, ...rows] = fromCsv(text)
  if (header === undefined) return []
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name, row[at] ?? ""])))
}
