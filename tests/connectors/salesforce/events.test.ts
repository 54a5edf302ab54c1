/** Change events become hints: their shapes are those the vendor documents, with values of our own. */
import { describe, expect, it } from "vitest"
import { changeEvent } from "../../../connectors/salesforce/events.ts"
import type { Watched } from "../../../connectors/salesforce/events.ts"

const watched: ReadonlyArray<Watched> = [
  { resource: "customers", object: "Contact", around: ["Account"] },
  { resource: "orders", object: "Order", around: ["OrderItem"] }
]

const event = (header: { [name: string]: string | number | ReadonlyArray<string> }, more = {}) => ({
  schema: "IeRuaY6cbI_HsV8Rv1Mc5g",
  payload: {
    ChangeEventHeader: {
      entityName: "Contact", recordIds: ["0035e00000001"], changeType: "UPDATE", changedFields: ["MailingCity"],
      changeOrigin: "com/salesforce/api/rest/64.0;client=esl", transactionKey: "0002343d-9d90-e395-ed20-cf416ba652ad",
      sequenceNumber: 1, commitTimestamp: 1_700_000_000_000, commitNumber: 10_000, commitUser: "0055e000001mKoC", ...header
    },
    ...more
  },
  event: { replayId: 6 }
})

const ids = ["0035e0000000001AAA", "0035e0000000002"]
const hint = (id: string, resource = "customers") => ({ resource, seen: { _tag: "Hint", id } })

describe("change events", () => {
  it.each(["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE"])(
    "%s is a hint for each record, whatever data it carries", (changeType) => {
      const heard = changeEvent(event({ changeType, recordIds: ids }, { MailingCity: "Berlin" }), watched)
      expect(heard?.hints).toEqual([hint(ids[0] ?? ""), hint("0035e0000000002AAA")])
      expect(heard).toMatchObject({ sweep: [], pull: [], replay: "6" })
    })

  it("never skips an own write: a flow may have changed another field in the same event", () => {
    const heard = changeEvent(event({ recordIds: ids.slice(0, 1) }), watched)
    expect(heard).toMatchObject({ origin: "com/salesforce/api/rest/64.0;client=esl", hints: [hint(ids[0] ?? "")] })
  })

  it("pulls the resource when the record above or below changed", () => {
    expect(changeEvent(event({ entityName: "Account", recordIds: ["0015e0000000001AAA"] }), watched))
      .toMatchObject({ hints: [], pull: ["customers"], sweep: [] })
    expect(changeEvent(event({ entityName: "OrderItem", recordIds: ["8025e0000000001AAA"] }), watched))
      .toMatchObject({ hints: [], pull: ["orders"] })
  })

  it.each([["GAP_OVERFLOW", ["000000000000000AAA"]], ["GAP_UPDATE", ["003*"]], ["UPDATE", []], ["SOMETHING_NEW", ids]] as const)(
    "%s %j is a sweep", (changeType, recordIds) => {
      expect(changeEvent(event({ changeType, recordIds }), watched)?.sweep).toEqual(["customers"])
    })

  it("knows an event that comes twice, and what is none", () => {
    const [one, again] = [changeEvent(event({}), watched), changeEvent(event({}), watched)]
    expect(one?.key).toBe(again?.key)
    expect(changeEvent(event({ sequenceNumber: 2 }), watched)?.key).not.toBe(one?.key)
    expect(changeEvent({ payload: {} }, watched)).toBeUndefined()
    expect(changeEvent("text", watched)).toBeUndefined()
    expect(changeEvent(event({ entityName: "Case" }), watched)).toMatchObject({ hints: [], pull: [], sweep: [] })
  })
})
