/** The worked example through the program: an ERP database and the loyalty service come to agree, and stay quiet. */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { afterEach, expect, it } from "vitest"
import { startLoyalty } from "../../../examples/loyalty/server.ts"
import type { Sandbox } from "../../../core/connector/sandbox.ts"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const running: Array<Sandbox> = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

/** Not `spawnSync`: the service answers from this process. */
type Ended = { readonly exit: number | null; readonly text: string }
const esl = (folder: string, url: string, ...line: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((done) => {
    const { NODE_OPTIONS: _options, VITEST: _vitest, ...inherited } = process.env
    const child = spawn(process.execPath, [join(root, "cli/main.ts"), ...line], { cwd: folder,
      env: { ...inherited, LOYALTY_URL: url, LOYALTY_TOKEN: "a-loyal-token" } })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => { text += part.toString() })
    child.on("close", (exit) => done({ exit, text }))
  })

const start = async () => {
  const { server, service, url } = await startLoyalty("a-loyal-token")
  running.push(server)
  const folder = mkdtempSync(join(tmpdir(), "esl-loyalty-"))
  for (const file of ["connector.ts", "esl.config.ts"]) {
    cpSync(join(root, "examples/loyalty", file), join(folder, file))
  }
  const erp = new DatabaseSync(join(folder, "erp.db"))
  erp.exec(`create table DEBTOR (NO integer primary key, FIRST text, LAST text, MAIL text, CARD text, STREET text,
      ZIP text, CITY text);
    insert into DEBTOR values (1, 'Ada', 'Byron', 'ada@example.com', 'C1', 'Queen Street 1', '10115', 'Berlin'),
      (2, 'Bo', 'Diddley', 'bo@example.com', null, null, null, null)`)
  const run = (...line: ReadonlyArray<string>) => esl(folder, url, ...line)
  return { server, service, url, folder, erp, run }
}

it("an ERP and the service agree after one round, whatever got lost on the way, and the next one writes nothing", async () => {
  const { erp, run, server, service } = await start()
  service.add({ card: "C1", email: "ada@example.com", name: { first: "Ada", last: "Lovelace" } })
  service.add({ card: "C9", email: "cleo@example.com", name: { first: "Cleo", last: "Laine" } })
  server.faults.add({ fault: "cut-after", method: "POST" })
  server.faults.add({ fault: "throttled", after: 1 })
  expect(await run("check")).toMatchObject({ exit: 0 })
  const first = await run("sync")
  expect([first.exit, first.text]).toEqual([0, first.text])
  const rows = erp.prepare("select FIRST, LAST, MAIL from DEBTOR order by MAIL").all()
  expect(rows).toEqual([{ FIRST: "Ada", LAST: "Byron", MAIL: "ada@example.com" },
    { FIRST: "Bo", LAST: "Diddley", MAIL: "bo@example.com" }, { FIRST: "Cleo", LAST: "Laine", MAIL: "cleo@example.com" }])
  expect([...service.members.values()].map(({ addresses, fields }) => [fields["email"], fields["name"], addresses.length]))
    .toEqual([["ada@example.com", { first: "Ada", last: "Byron" }, 1], ["cleo@example.com", { first: "Cleo", last: "Laine" }, 0],
      ["bo@example.com", { first: "Bo", last: "Diddley" }, 0]])
  // Edits on both sides cross.
  service.edit("m2", { name: { first: "Cleopatra" } })
  erp.exec("update DEBTOR set CITY = 'Potsdam' where NO = 1")
  expect((await run("sync")).exit).toBe(0)
  expect(erp.prepare("select FIRST from DEBTOR where MAIL = 'cleo@example.com'").get()).toEqual({ FIRST: "Cleopatra" })
  expect(service.members.get("m1")?.addresses).toMatchObject([{ kind: "billing", city: "Potsdam" }])
  server.forget()
  expect((await run("sync")).exit).toBe(0)
  expect([...server.calls.keys()].filter((label) => !label.startsWith("GET "))).toEqual([])
  expect(server.violations).toEqual([])
})

it("a token that the service refuses stops this connection with a sentence, and nothing of the token is printed", async () => {
  const { folder, service, url } = await start()
  service.add({ card: "C9", email: "cleo@example.com" })
  Object.assign(service, { token: "another" })
  const { exit, text } = await esl(folder, url, "sync", "--debug")
  expect(exit).not.toBe(0)
  expect(text).toContain("token_expired")
  expect(text).not.toMatch(/a-loyal-token|cleo@/)
})
