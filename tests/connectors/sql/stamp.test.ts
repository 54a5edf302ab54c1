/** Times as databases write them. */
import { describe, expect, it } from "vitest"
import { fromWall, grainOf, instantOf, repeated, textAt, toWall, validZone } from "../../../connectors/sql/stamp.ts"
import type { Column, Kind } from "../../../core/io/sql/dialect.ts"

const column = (kind: Kind): Column => ({ name: "c", type: "", kind, nullable: true, filled: false, counted: false,
  writable: true })
const utc = (text: string): number => Date.parse(text)

describe("an instant and its text", () => {
  it.each<readonly [Kind, string, string, string]>([
    ["instant", "2026-03-29T00:30:00.123456Z", "UTC", "2026-03-29T00:30:00.123Z"],
    ["local", "2026-07-01T12:00:00", "Europe/Berlin", "2026-07-01T10:00:00.000Z"],
    ["local", "2026-01-01T12:00:00.5", "Europe/Berlin", "2026-01-01T11:00:00.500Z"],
    ["text", "2026-01-01 12:00:00", "UTC", "2026-01-01T12:00:00.000Z"],
    ["text", "2026-01-01T12:00:00+02:00", "UTC", "2026-01-01T10:00:00.000Z"],
    ["text", "2026-01-01T12:00:00.25Z", "Asia/Tokyo", "2026-01-01T12:00:00.250Z"],
    ["text", "2026-01-01 12:00:00 -0530", "UTC", "2026-01-01T17:30:00.000Z"],
    ["date", "2026-01-01", "America/New_York", "2026-01-01T05:00:00.000Z"],
    ["int", "1767225600", "UTC", "2026-01-01T00:00:00.000Z"],
    ["bigint", "1767225600123", "UTC", "2026-01-01T00:00:00.123Z"],
    ["any", "1767225600123456", "UTC", "2026-01-01T00:00:00.123Z"]
  ])("%s %s in %s is %s", (kind, text, zone, at) => {
    expect(new Date(instantOf(column(kind), text, zone) ?? 0).toISOString()).toBe(at)
  })

  it("is not made of what is no time", () => {
    for (const text of ["", "yesterday", "infinity", "12:00", "2026-13-1"]) expect(instantOf(column("text"), text, "UTC")).toBeUndefined()
  })

  it.each<readonly [Kind, string, string]>([
    ["text", "2026-01-01 12:00:00", "2026-05-06 07:08:09"],
    ["text", "2026-01-01T12:00:00Z", "2026-05-06T07:08:09Z"],
    ["text", "2026-01-01T12:00:00.000Z", "2026-05-06T07:08:09.000Z"],
    ["text", "2026-01-01T12:00:00+02:00", "2026-05-06T09:08:09+02:00"],
    ["text", "2026-01-01", "2026-05-06"],
    ["date", "2026-01-01", "2026-05-06"],
    ["int", "1767225600", "1778051289"],
    ["bigint", "1767225600123", "1778051289000"],
    ["local", "2026-01-01T12:00:00", "2026-05-06T07:08:09.000"],
    ["instant", "2026-01-01T12:00:00Z", "2026-05-06T07:08:09.000Z"]
  ])("a %s column that writes %s would write %s", (kind, like, text) => {
    const at = utc("2026-05-06T07:08:09Z")
    expect(textAt(column(kind), at, "UTC", like)).toBe(text)
    const back = instantOf(column(kind), text, "UTC") ?? 0
    expect(at - back).toBeGreaterThanOrEqual(0)
    expect(at - back).toBeLessThan(86_400_000)
  })

  it("round trips in every zone, at every hour of two years", () => {
    for (const zone of ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", 90, -300]) {
      for (let at = utc("2026-01-01T00:30:00Z"); at < utc("2028-01-01T00:00:00Z"); at += 3_600_000 * 7) {
        const back = fromWall(Date.parse(`${toWall(at, zone)}Z`), zone)
        // An hour that came twice is read as the first: earlier is safe, later would skip.
        expect(at - back === 0 || at - back === 3_600_000 || at - back === 1_800_000).toBe(true)
      }
    }
  })

  it("an hour that comes twice makes the next read start earlier", () => {
    const [before, after] = [utc("2026-10-25T00:30:00Z"), utc("2026-10-25T01:30:00Z")]
    expect(toWall(before, "Europe/Berlin")).toBe(toWall(after, "Europe/Berlin"))
    expect([repeated(before, "Europe/Berlin"), repeated(after, "Europe/Berlin")]).toEqual([3_600_000, 0])
    expect([repeated(utc("2026-07-01T00:00:00Z"), "Europe/Berlin"), repeated(utc("2026-03-29T00:30:00Z"), "Europe/Berlin")]).toEqual([0, 0])
  })

  it("knows how fine a text is", () => {
    expect([grainOf("2026-01-01"), grainOf("2026-01-01T00:00"), grainOf("2026-01-01 00:00:00"), grainOf("1767225600")]).toEqual([86_400_000, 60_000, 1_000, 1_000])
    expect(grainOf("2026-01-01T00:00:00.123")).toBeLessThan(10)
  })

  it("knows zones", () => {
    expect([validZone("Europe/Berlin"), validZone("Mars/Olympus")]).toEqual([true, false])
  })
})
