/**
 * S19, S20, S23 through the program, with a system over HTTP: a person on both sides and a token, every way in which
 * the system can fail, every command that tells of it; then everything printed is searched.
 */
import { afterAll, describe, expect, it } from "vitest"
import { start } from "../connectors/rest/program.ts"

const token = "canary-t0ken"
const forms = [/canary/i, /birdsong/i, /\b55501\d\d/, /Canary Wharf/i]
const leaks = (text: string): ReadonlyArray<string> => forms.flatMap((form) => {
  const at = text.search(form)
  return at < 0 ? [] : [text.slice(Math.max(0, at - 100), at + 100)]
})

const running: Array<() => Promise<void>> = []
afterAll(async () => {
  for (const stop of running.splice(0)) await stop()
})

type Started = Awaited<ReturnType<typeof start>>
const opened = async (): Promise<Started> => {
  const started = await start(token, { patient: false })
  running.push(() => started.server.stop())
  started.erp.exec(`insert into DEBTOR values
    (1, 'Canaryna', 'Birdsong', 'canary.birdsong@example.org', 'C5550123', 'Canary Wharf 1', '10115', 'Berlin'),
    (2, 'Canaro', 'Birdsong', 'not an address: canaro@birdsong', null, null, null, null)`)
  started.service.add({ card: "C5550199", email: "other.canary@example.org", name: { first: "Other", last: "Birdsong" } })
  return started
}

const scenarios: ReadonlyArray<readonly [string, (started: Started) => void]> = [
  ["every write is refused", ({ server }) => { server.faults.add({ fault: "refused", method: "POST", times: 99 }) }],
  ["an answer that nobody documented", ({ server }) => { server.faults.add({ fault: "unheard", after: 1, times: 99 }) }],
  ["throttled", ({ server }) => { server.faults.add({ fault: "throttled", after: 2, times: 99 }) }],
  ["cut before", ({ server }) => { server.faults.add({ fault: "cut-before", method: "POST", times: 99 }) }],
  ["cut after", ({ server }) => { server.faults.add({ fault: "cut-after", method: "GET", after: 1, times: 99 }) }],
  ["another token", ({ service }) => { Object.assign(service, { token: "another" }) }],
  ["an e-mail that is taken there", ({ service }) => {
    service.add({ card: "C5550111", email: "canary.birdsong@example.org", status: "blocked" })
  }]
]

describe("what the program prints when a system over HTTP fails", () => {
  it.concurrent.each(scenarios)("%s: no token and no person", async (_, fail) => {
    const started = await opened()
    fail(started)
    for (const line of [["plan", "--json"], ["sync"], ["quarantine", "--json"]]) {
      const { text } = await started.run(...line, "--debug")
      expect([line, leaks(text)]).toEqual([line, []])
      expect(text).not.toBe("")
    }
  })

  it("is a search that would find them", async () => {
    const { run } = await opened()
    expect(leaks((await run("plan", "--show-personal")).text)).not.toEqual([])
    expect(leaks(token)).not.toEqual([])
  })
})
