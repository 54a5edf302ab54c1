/** The frame of the sandboxes: what every vendor's stand-in relies on. */
import { afterEach, describe, expect, it } from "vitest"
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Sandbox, SandboxOptions, Vendor } from "../../core/connector/sandbox.ts"

const running: Array<Sandbox> = []
const start = async (vendor: Partial<Vendor> & { state?: Array<string> } = {}, options: SandboxOptions = {}) => {
  const state = vendor.state ?? []
  const one = await sandbox(() => ({
    handle: (call) => {
      state.push(call.text)
      return { status: 200, body: { said: call.text, at: call.origin }, label: "said" }
    },
    ...vendor
  }), options)
  running.push(one)
  return { one, state }
}
afterEach(async () => { await Promise.all(running.splice(0).map((one) => one.stop())) })

const say = (one: Sandbox, body: string, origin?: string) => fetch(`${one.url(origin)}/say`, { method: "POST", body })

describe("a sandbox", () => {
  it("listens on loopback, passes raw bodies and counts by label", async () => {
    const { one } = await start({}, { origins: ["api", "storage"] })
    expect(one.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await (await say(one, "grüße", "storage")).json()).toEqual({ said: "grüße", at: "storage" })
    await say(one, "two")
    expect(one.total()).toBe(2)
    expect(one.calls.get("said")).toBe(2)
    expect(one.url("storage")).not.toBe(one.url("api"))
  })

  it("cuts before and after it happened, each as often as asked", async () => {
    const { one, state } = await start()
    one.faults.add({ fault: "cut-before", contains: "first" })
    one.faults.add({ fault: "cut-after", contains: "second" })
    await expect(say(one, "first")).rejects.toThrow(/fetch failed/)
    expect(state).toEqual([])
    await expect(say(one, "second")).rejects.toThrow(/fetch failed/)
    expect(state).toEqual(["second"])
    expect((await say(one, "first")).status).toBe(200)
    expect(one.faults.pending).toEqual([])
  })

  it("answers a vendor's own fault after letting calls pass, and knows no others", async () => {
    const { one } = await start({ answers: { throttled: () => ({ status: 429, body: { error: "slow down" } }) } })
    one.faults.add({ fault: "throttled", after: 1, times: 2 })
    const statuses = []
    for (const text of ["a", "b", "c", "d"]) statuses.push((await say(one, text)).status)
    expect(statuses).toEqual([200, 429, 429, 200])
    expect(() => { one.faults.add({ fault: "trottled" }) }).toThrow(/no fault "trottled": use slow/)
  })

  it("is switched by its admin endpoint, but not from a browser", async () => {
    const { one } = await start({ answers: { throttled: () => ({ status: 429 }) } })
    const put = (body: object, headers = {}) =>
      fetch(`${one.url()}/__esl/faults`, { method: "POST", body: JSON.stringify(body), headers })
    expect((await put({ fault: "throttled" }, { origin: "https://evil.example" })).status).toBe(403)
    expect((await put({ fault: "nothing" })).status).toBe(400)
    expect((await put({ fault: "throttled" })).status).toBe(201)
    expect((await say(one, "x")).status).toBe(429)
    const before = one.now()
    await fetch(`${one.url()}/__esl/clock`, { method: "POST", body: JSON.stringify({ advanceMs: 3_600_000 }) })
    expect(one.now() - before).toBeGreaterThanOrEqual(3_600_000)
    expect(await (await fetch(`${one.url()}/__esl/calls`)).json()).toMatchObject({ total: 1, violations: [] })
  })

  it("tells when it failed itself", async () => {
    const { one } = await start({ handle: () => { throw new Error("hole in the vendor") } })
    expect((await say(one, "x")).status).toBe(500)
    expect(one.violations.join()).toContain("hole in the vendor")
  })

  it("sends webhooks until they are taken, doubled, late or never when asked", async () => {
    const got: Array<string> = []
    let refuse = 1
    const { one: listener } = await start({
      handle: (call) => {
        if (refuse-- > 0) return { status: 500 }
        got.push(`${call.text}#${call.headers["x-attempt"]}`)
        return { status: 200 }
      }
    })
    const send: Array<(body: string) => void> = []
    const one = await sandbox((frame) => {
      send.push((body) => { frame.post({ url: `${listener.url()}/hook`, body, headers: (n) => ({ "x-attempt": String(n) }) }) })
      return { handle: () => ({ status: 200 }) }
    })
    running.push(one)
    const post = async (...bodies: ReadonlyArray<string>) => {
      for (const body of bodies) send[0]?.(body)
      await one.delivered()
      return got.splice(0)
    }
    expect(await post("a")).toEqual(["a#2"])
    one.faults.add({ fault: "webhook-doubled" })
    expect(await post("b")).toEqual(["b#1", "b#1"])
    one.faults.add({ fault: "webhook-lost" })
    expect(await post("c")).toEqual([])
    one.faults.add({ fault: "webhook-late" })
    expect((await post("d", "e")).toSorted()).toEqual(["d#1", "e#1"])
    one.faults.add({ fault: "webhook-late" })
    expect(await post("f")).toEqual(["f#1"])
  })
})
