/** The worked example in a folder of its own: an ERP database, the loyalty service, and the program between them. */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { startLoyalty } from "../../../examples/loyalty/server.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))

export interface Ended {
  readonly exit: number | null
  /** stdout and stderr. */
  readonly text: string
}

/** Not `spawnSync`: the service answers from this process. */
const esl = (folder: string, env: NodeJS.ProcessEnv, line: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((done) => {
    const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
    const child = spawn(process.execPath, [join(root, "cli/main.ts"), ...line],
      { cwd: folder, env: { ...inherited, ...env } })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => { text += part.toString() })
    child.on("close", (exit) => done({ exit, text }))
  })

/** Each request is sent once: for scenarios that fail anyhow. */
const impatient = (file: string): void =>
  writeFileSync(file, readFileSync(file, "utf8").replace("limits: {", "limits: { attempts: 1, withinMs: 1,"))

export const start = async (token: string, options: { readonly patient?: false } = {}) => {
  const { server, service, url } = await startLoyalty(token)
  const folder = mkdtempSync(join(tmpdir(), "esl-loyalty-"))
  for (const file of ["connector.ts", "esl.config.ts"]) {
    cpSync(join(root, "examples/loyalty", file), join(folder, file))
  }
  if (options.patient === false) impatient(join(folder, "connector.ts"))
  const erp = new DatabaseSync(join(folder, "erp.db"))
  erp.exec(`create table DEBTOR (NO integer primary key, FIRST text, LAST text, MAIL text, CARD text, STREET text,
      ZIP text, CITY text)`)
  const run = (...line: ReadonlyArray<string>) => esl(folder, { LOYALTY_URL: url, LOYALTY_TOKEN: token }, line)
  return { server, service, folder, erp, run }
}
