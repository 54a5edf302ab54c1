/** Every code of the vendor's enum is classified, and each class does what its name says. */
import { Effect } from "effect"
import { Square } from "square"
import { afterEach, describe, expect, it } from "vitest"
import { outcomeOf, table } from "../../../connectors/square/errors.ts"
import type { Session } from "../../../core/connector/connector.ts"
import { create, pages, rig, write } from "./rig.ts"
import type { Rig } from "./rig.ts"

const open: Array<Rig> = []
afterEach(async () => {
  for (const { till } of open.splice(0)) await till.stop()
})
const started = async (): Promise<Rig> => {
  const made = await rig()
  open.push(made)
  return made
}

describe("errors of Square", () => {
  it("are all classified", () => {
    const codes = Object.values(Square.ErrorCode)
    expect(codes.length).toBeGreaterThan(150)
    expect(codes.filter((code) => !Object.hasOwn(table, code))).toEqual([])
  })

  it("say of one entry of a bulk call what became of it", () => {
    expect(
      [
        "CONFLICT",
        "VERSION_MISMATCH",
        "NOT_FOUND",
        "RATE_LIMITED",
        "TEMPORARY_ERROR",
        "INVALID_VALUE",
        "NEVER_HEARD_OF"
      ].map((code) => outcomeOf([{ code }]).did)
    ).toEqual(["moved", "moved", "gone", "unsent", "unknown", "refused", "refused"])
    expect(outcomeOf([])).toEqual({ did: "unknown" })
    expect(outcomeOf([{ code: "INVALID_VALUE", field: "customer ada@example.com" }])).toEqual({
      did: "refused",
      cause: "INVALID_VALUE"
    })
  })

  it.each(["throttled", "unavailable", "html", "gateway-timeout"])(
    "go by: %s, twice, and the read is done",
    async (fault) => {
      const { run, till } = await started()
      till.faults.add({ fault, times: 2 })
      await run((session) => pages(session, "customers"))
      expect(till.total()).toBe(3)
    }
  )

  it("teach a limit that nobody publishes: out of the storm hardly anything is refused", async () => {
    const made = await rig({ callsPerSecond: 20 })
    open.push(made)
    const read = (session: Session) =>
      session.resource("locations").reader.fetch(["LMAIN0000001"], { columns: [] })
    const refusals: Array<number> = []
    made.till.seller.watchers.push((_, reply) => {
      if (reply.status === 429) refusals.push(made.till.total())
    })
    await made.run((session) =>
      Effect.forEach(Array.from({ length: 80 }), () => read(session), { concurrency: 8 })
    )
    expect(refusals.length).toBeGreaterThan(0)
    // Those that were on their way when the limit was met, and none after them.
    expect(refusals.filter((at) => at > 60)).toEqual([])
  })

  it("wait where Square asks to slow down, and the write is done once", async () => {
    const { run, till } = await started()
    till.faults.add({ fault: "throttled", contains: "bulk-create", times: 3 })
    expect(
      await run((session) => write(session, "customers", [create("k", { given_name: "Ada" })]))
    ).toMatchObject([{ did: "written" }])
    expect(till.seller.customers.size).toBe(1)
  })

  it.each([
    ["token-expired", "Unauthorized"],
    ["token-revoked", "Unauthorized"],
    ["scopes-missing", "Unauthorized"],
    ["unknown-code", "Malformed"]
  ])("%s ends at once as %s, with nothing in the message but codes", async (fault, reason) => {
    const { run, till } = await started()
    till.faults.add({ fault, times: 9 })
    const failure = await run((session) =>
      Effect.flip(
        write(session, "customers", [create("k", { given_name: "Ada", email_address: "ada@example.com" })])
      )
    )
    expect(failure).toMatchObject({ reason: { _tag: reason } })
    expect(till.total()).toBe(1)
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/ada@|Ada|EAAA/)
  })
})
