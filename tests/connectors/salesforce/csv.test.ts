/** CSV of bulk jobs: whatever a cell holds comes back, and half a file is none. */
import { describe, expect, it } from "vitest"
import { fromCsv, recordsOf, toCsv } from "../../../connectors/salesforce/csv.ts"
import { isId, to18 } from "../../../connectors/salesforce/ids.ts"

const nasty = ["", "a", "a,b", "\"", "\"\"", "a\nb", "a\r\nb", "\r", " x ", "é漢😀", ",", "\n", "#N/A", "=1+1", "a\"b,\"c\n"]

describe("CSV", () => {
  it("brings back every pair of nasty cells", () => {
    const rows = nasty.flatMap((one) => nasty.map((other) => [one, other, "end"]))
    const [header, ...back] = fromCsv(toCsv(["A", "B", "C"], rows))
    expect(header).toEqual(["A", "B", "C"])
    expect(back).toEqual(rows)
  })

  it("reads both line ends, a last line without one, and names cells", () => {
    expect(fromCsv("a,b\r\n1,2\r\n")).toEqual([["a", "b"], ["1", "2"]])
    expect(fromCsv("a,b\n1,")).toEqual([["a", "b"], ["1", ""]])
    expect(recordsOf("Id,Name\n1,\"A, B\"\n2,")).toEqual([{ Id: "1", Name: "A, B" }, { Id: "2", Name: "" }])
    expect(fromCsv("")).toEqual([])
    expect(() => fromCsv("a\n\"b")).toThrow("never ends")
  })
})

describe("ids", () => {
  it("have 18 characters, whichever way they come", () => {
    // The vendor's own example: 15 characters that differ in case only, and their 18.
    expect(to18("001A0000006Vm9r")).toBe("001A0000006Vm9rIAC")
    expect(to18("001A0000006Vm9rIAC")).toBe("001A0000006Vm9rIAC")
    expect(to18("no id")).toBe("no id")
    expect([isId("001A0000006Vm9r"), isId("001A0000006Vm9rIAC"), isId("003*"), isId("")]).toEqual([true, true, false, false])
  })
})
