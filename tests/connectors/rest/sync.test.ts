/** The worked example through the program: an ERP database and the loyalty service come to agree, and stay quiet. */
import { afterEach, expect, it } from "vitest"
import { start } from "./program.ts"

const running: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
})

const opened = async () => {
  const started = await start("a-loyal-token")
  running.push(() => started.server.stop())
  started.erp.exec(`insert into DEBTOR values
    (1, 'Ada', 'Byron', 'ada@example.com', 'C1', 'Queen Street 1', '10115', 'Berlin'),
    (2, 'Bo', 'Diddley', 'bo@example.com', null, null, null, null)`)
  return started
}

it("an ERP and the service agree after one round, whatever got lost on the way, and the next one writes nothing", async () => {
  const { erp, run, server, service } = await opened()
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
  const { run, service } = await opened()
  service.add({ card: "C9", email: "cleo@example.com" })
  Object.assign(service, { token: "another" })
  const { exit, text } = await run("sync", "--debug")
  expect(exit).not.toBe(0)
  expect(text).toContain("token_expired")
  expect(text).not.toMatch(/a-loyal-token|cleo@/)
})
