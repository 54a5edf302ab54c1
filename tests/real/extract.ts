/** Where the real data lies: `shared/data` beside the project or above it. Where it is missing the suites say so. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const find = (folder: string): string | undefined => {
  const here = join(folder, "shared", "data")
  if (existsSync(here)) return here
  const above = dirname(folder)
  return above === folder ? undefined : find(above)
}

const data = find(dirname(fileURLToPath(import.meta.url)))

/** One sentence, if these files are not there. */
export const absent = (...files: ReadonlyArray<string>): string | undefined => {
  if (data === undefined) return "no shared/data above the project: suite skipped"
  const lost = files.find((file) => !existsSync(join(data, file)))
  return lost === undefined ? undefined : `shared/data has no ${lost}: suite skipped`
}

export const extract = (file: string): string => readFileSync(join(data ?? "", file), "utf8")

/** Rows of a bulk file: cells between `cell`, rows ended by `row`. An empty cell is null. */
export const bulk = (file: string, cell: string, row: string): ReadonlyArray<ReadonlyArray<string | null>> =>
  extract(file).split(row).filter((line) => line.trim() !== "")
    .map((line) => line.split(cell).map((text) => text === "" ? null : text))
