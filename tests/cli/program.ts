/** Runs the real program in a folder of its own: two small SQLite databases and a config between them. */
import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

const cache = mkdtempSync(join(tmpdir(), "esl-compiled-"))

export interface Ended {
  readonly exit: number
  readonly out: string
  readonly err: string
  /** stdout as data, for lines with --json. */
  readonly json: unknown
}

/** `esl <line>`, started in `folder`. */
export const esl = (folder: string, line: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Ended => {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...line], {
    cwd: folder,
    encoding: "utf8",
    // Dozens of processes load the same modules: all but the first find them compiled.
    env: { ...inherited, NODE_COMPILE_CACHE: cache, ...env }
  })
  return {
    exit: status ?? -1,
    out: stdout,
    err: stderr,
    get json(): unknown {
      return JSON.parse(stdout)
    }
  }
}

/** The same in a process beside this one, for tests whose server lives here; `input` gets the talk so far, for stdin. */
export const eslBeside = (
  folder: string, line: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {},
  input?: (said: string) => string | undefined | Promise<string>
): Promise<Ended> => new Promise((done) => {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
  const child = spawn(process.execPath, [main, ...line], {
    cwd: folder, env: { ...inherited, NODE_COMPILE_CACHE: cache, ...env }
  })
  let out = ""
  let err = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => { out += text })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text
    const answer = input?.(err)
    if (answer !== undefined) void Promise.resolve(answer).then((line) => child.stdin.write(`${line}\n`))
  })
  child.on("close", (code) => {
    done({ exit: code ?? -1, out, err, get json(): unknown { return JSON.parse(out) } })
  })
})

export const newFolder = (): string => mkdtempSync(join(tmpdir(), "esl-cli-"))

export const database = (folder: string, file: string): DatabaseSync => new DatabaseSync(join(folder, file))

const erpRows: ReadonlyArray<readonly [string, string, string, string]> = [
  ["1", "Ada", "ada@example.com", "30"],
  ["2", "Bo", "bo@example.com", "14"],
  ["3", "Cleo", "cleo@example.com", "30"]
]

const mapping = (name: string, columns: { readonly [path: string]: string }): string => `
import { Schema as S } from "effect"
import { email, mapping } from "esl/mapping"
import { Customer } from "esl/model"
export const Row = S.Struct({ ${Object.values(columns).map((column) => `${column}: S.NullOr(S.String)`).join(", ")} })
export const ${name} = mapping(Row, Customer, ({ field }) => ({
  ${Object.entries(columns).map(([path, column]) => `"${path}": field("${column}"${path === "email" ? ", email" : ""})`).join(",\n  ")}
}))
`

const config = (options: string): string => `
import { defineConfig, hold, newest, owner, prefer, sync } from "esl"
import { sql } from "esl/connectors"
import { Customer } from "esl/model"
import { debtor, Row as Debtor } from "./mappings/erp.ts"
import { buyer, Row as Buyer } from "./mappings/shop.ts"
const erp = sql("erp", { url: "sqlite:erp.db" })
const shop = sql("shop", { url: "sqlite:shop.db" })
export default defineConfig({
  hub: "sqlite:hub.db",
  syncs: [sync("customer", Customer, {
    between: [erp.table("DEBTOR", Debtor, { key: "NO" }).as(debtor), shop.table("buyers", Buyer, { key: "id" }).as(buyer)],
    match: ["email"],
    rule: newest,
    first: prefer(erp, shop),
    ${options}
  })]
})
`

/** Three customers in the ERP, two in the shop, of whom one is the same person. */
export const fixture = (options = "fields: { paymentTerms: hold }"): string => {
  const folder = newFolder()
  const erp = database(folder, "erp.db")
  erp.exec("create table DEBTOR (NO integer primary key, NAME text not null, MAIL text, TERMS text)")
  for (const row of erpRows) erp.prepare("insert into DEBTOR values (?, ?, ?, ?)").run(...row)
  erp.close()
  const shop = database(folder, "shop.db")
  shop.exec("create table buyers (id integer primary key, first_name text, email text, terms text)")
  shop.exec("insert into buyers values (7, 'Adah', 'ADA@example.com', '30'), (8, 'Dan', 'dan@example.com', '7')")
  shop.close()
  for (const [file, text] of Object.entries({
    "esl.config.ts": config(options),
    "mappings/erp.ts": mapping("debtor", { "name.given": "NAME", email: "MAIL", paymentTerms: "TERMS" }),
    "mappings/shop.ts": mapping("buyer", { "name.given": "first_name", email: "email", paymentTerms: "terms" })
  })) write(folder, file, text)
  return folder
}

export const write = (folder: string, file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}
