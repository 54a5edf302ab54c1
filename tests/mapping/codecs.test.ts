/** Codecs are Effect Schemas: the functions of the hot path and the schema say the same, and these are the cases. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as codecs from "../../core/mapping/codecs.ts"
import { Refusal } from "../../core/mapping/codec.ts"
import type { Codec } from "../../core/mapping/codec.ts"
import { hostile } from "../../core/testing/laws/values.ts"
import type { Json, Value } from "../../core/model/value.ts"

const { boolean, country, decimal, e164, email, gtin, instant, integer, json, lines, localDate, lowercase } = codecs
const { minorUnits, money, placeholders, schema, split, table, text, truncate } = codecs

type AnyCodec = Codec<unknown, never, never, string>

const read = (codec: AnyCodec, raw: Json, row: { readonly [column: string]: Json } = {}): unknown => {
  const seen = codec.decode(raw, row)
  return seen._tag === "Value" ? seen.value : seen._tag
}
const write = (codec: AnyCodec, value: Value): unknown => {
  const written = codec.encode(value, undefined)
  return written instanceof Refusal ? "refused" : written
}

const all: ReadonlyArray<readonly [string, AnyCodec]> = [
  ["text", text],
  ["lowercase", lowercase],
  ["email", email],
  ["truncate", truncate(5)],
  ["split", split(";")],
  ["lines", lines],
  ["json", json(Schema.Array(Schema.String))],
  ["integer", integer],
  ["decimal", decimal()],
  ["decimal with scale", decimal({ scale: 2 })],
  ["minorUnits", minorUnits("EUR")],
  ["money", money(2, "EUR")],
  ["instant", instant()],
  ["instant in a zone", instant({ zone: "Europe/Berlin" })],
  ["instant in seconds", instant({ epoch: "seconds" })],
  ["localDate", localDate()],
  ["localDate in German", localDate("DD.MM.YYYY")],
  ["boolean", boolean()],
  ["table", table({ J: "yes", N: "no" })],
  ["gtin", gtin(13)],
  ["e164", e164("DE")],
  ["country", country()]
]

const good: ReadonlyArray<Json> = [
  "Max",
  "max@example.com",
  "a;b",
  "a\nb",
  '["a"]',
  "12",
  "12.50",
  12,
  "2027-01-01T09:30:00Z",
  "2027-01-01 09:30:00",
  "2027-01-01",
  "01.12.2027",
  "J",
  "1",
  true,
  "4006381333931",
  "030 23125100",
  "DE"
]

describe.each(all)("%s", (_, codec) => {
  const decode = Schema.decodeUnknownOption(codec.schema)
  it("reads as its schema reads", () => {
    let [values, agreed] = [0, 0]
    for (const raw of [...good, ...hostile.filter((one) => typeof one === "string" || typeof one === "number")]) {
      if (raw === null || (typeof raw === "string" && raw.trim() === "")) continue
      const seen = codec.decode(raw, {})
      const said = decode(raw)
      if (said._tag === "Some") {
        expect(seen).toEqual({ _tag: "Value", value: said.value })
        agreed += 1
      }
      if (seen._tag === "Value") values += 1
    }
    expect(values).toBeGreaterThan(0)
    expect(agreed).toBeGreaterThan(0)
  })
  it("throws for nothing", () => {
    for (const raw of hostile) {
      codec.decode(raw, {})
      if (raw !== null) codec.encode(raw, undefined)
    }
  })
})

describe("text", () => {
  it("is trimmed, in form NFC, and never half a character", () => {
    expect(read(text, " Mu\u0308ller ")).toBe("Müller")
    expect(read(text, "x\ud800")).toBe("Invalid")
    expect(read(text, 4711)).toBe("4711")
    expect(write(text, "x\udc00")).toBe("refused")
    expect(write(text, " x")).toBe("refused")
  })
  it("is cut by characters, not by halves of them", () => {
    expect(write(truncate(3), "a\u{1F600}bc")).toBe("a\u{1F600}b")
    expect(write(truncate(4), "abc def")).toBe("abc")
    expect(truncate(4).lossy).toBeDefined()
  })
  it("knows placeholders, and never writes one", () => {
    const known = placeholders(["Unbekannt", "0"], text)
    expect(known.decode("unbekannt", {})).toEqual({ _tag: "Null", placeholder: "unbekannt" })
    expect(read(known, "Max")).toBe("Max")
    expect(write(known, "Unbekannt")).toBe("refused")
    expect(placeholders("usual", localDate()).decode("1900-01-01", {})).toEqual({
      _tag: "Null",
      placeholder: "1900-01-01"
    })
  })
  it("holds sets and lines", () => {
    expect(read(split(","), "b, a,,B")).toEqual(["a", "b"])
    expect(write(split(","), ["a,b"])).toBe("refused")
    expect(read(lines, "Hauptstr. 1\r\n\r\nHinterhaus")).toEqual(["Hauptstr. 1", "Hinterhaus"])
    expect(write(lines, ["a", "b"])).toBe("a\nb")
  })
})

describe("numbers", () => {
  it("are exact", () => {
    expect(read(integer, "9007199254740993")).toBe("Invalid")
    expect(read(integer, "12.00")).toBe(12)
    expect(read(decimal(), "12345678901234567890.123456789")).toBe("12345678901234567890.123456789")
    expect(read(decimal(), "1,5")).toBe("Invalid")
    expect(read(decimal(), 0.1)).toBe("0.1")
    expect(write(decimal({ scale: 2 }), "1.005")).toBe("refused")
    expect(write(decimal({ scale: 2, round: true }), "1.005")).toBe("1.00")
    expect(write(decimal({ scale: 2, round: true }), "-1.015")).toBe("-1.02")
  })
  it("are amounts with a currency", () => {
    expect(read(minorUnits("EUR"), 1250)).toEqual({ minor: "1250", scale: 2, currency: "EUR" })
    expect(read(minorUnits("JPY"), "500")).toEqual({ minor: "500", scale: 0, currency: "JPY" })
    expect(write(minorUnits("EUR"), { minor: "12500", scale: 3, currency: "EUR" })).toBe("1250")
    expect(write(minorUnits("EUR"), { minor: "12505", scale: 3, currency: "EUR" })).toBe("refused")
    expect(write(minorUnits("EUR"), { minor: "1", scale: 2, currency: "USD" })).toBe("refused")
    expect(read(money(2, { column: "WAEHR" }), "12.5", { WAEHR: "usd" })).toEqual({
      minor: "1250",
      scale: 2,
      currency: "USD"
    })
    expect(read(money(2, { column: "WAEHR" }), "12.5", { WAEHR: null })).toBe("Invalid")
    expect(money(2, { column: "WAEHR" }).also?.({ minor: "1", scale: 2, currency: "USD" }, { WAEHR: "EUR" })).toEqual(
      { WAEHR: "USD" }
    )
    expect(money(2, { column: "WAEHR" }).also?.({ minor: "1", scale: 2, currency: "EUR" }, { WAEHR: "EUR" })).toEqual(
      {}
    )
  })
})

describe("time", () => {
  const berlin = instant({ zone: "Europe/Berlin" })
  it("reads the clock on the wall", () => {
    expect(read(berlin, "2027-07-01 12:00:00")).toBe("2027-07-01T10:00:00Z")
    expect(read(berlin, "2027-01-01 00:30:00.5")).toBe("2026-12-31T23:30:00.5Z")
    expect(read(berlin, "2027-01-01")).toBe("2026-12-31T23:00:00Z")
  })
  it("takes the first of two hours in autumn, and the hour after for one that spring leaves out", () => {
    expect(read(berlin, "2026-10-25 02:30:00")).toBe("2026-10-25T00:30:00Z")
    expect(read(berlin, "2026-03-29 02:30:00")).toBe("2026-03-29T01:30:00Z")
    expect(read(instant({ zone: "America/New_York" }), "2026-11-01 01:30:00")).toBe("2026-11-01T05:30:00Z")
    expect(read(instant({ zone: "Australia/Lord_Howe" }), "2026-04-05 01:45:00")).toBe("2026-04-04T14:45:00Z")
    expect(berlin.lossy).toContain("autumn")
  })
  it("writes what it reads", () => {
    expect(write(berlin, "2026-10-25T01:30:00Z")).toBe("2026-10-25 02:30:00")
    expect(write(instant({ zone: "Asia/Kathmandu", digits: 3 }), "2027-01-01T00:00:00.1239Z")).toBe(
      "2027-01-01 05:45:00.123"
    )
    expect(write(instant({ epoch: "seconds" }), "1969-12-31T23:59:58.5Z")).toBe("-2")
    expect(read(instant({ epoch: "milliseconds" }), 1500)).toBe("1970-01-01T00:00:01.5Z")
    expect(() => instant({ zone: "Europe/Nowhere" })).toThrow(RangeError)
  })
  it("knows calendar dates", () => {
    expect(read(localDate(), "2027-01-31 00:00:00")).toBe("2027-01-31")
    expect(read(localDate(), "2027-02-29")).toBe("Invalid")
    expect(read(localDate("DD.MM.YYYY"), "1.2.2027")).toBe("2027-02-01")
    expect(write(localDate("MM/DD/YYYY"), "2027-02-01")).toBe("02/01/2027")
    expect(write(localDate("YYYYMMDD"), "2027-02-01")).toBe("20270201")
    expect(write(localDate(), "2027-02")).toBe("refused")
  })
})

describe("codes", () => {
  it("are withheld where the table lacks them", () => {
    const status = table({ J: "blocked", G: "blocked", N: "active" }, { others: { inactive: "N" } })
    expect(read(status, "g")).toBe("Invalid")
    expect(read(status, "G")).toBe("blocked")
    expect(write(status, "blocked")).toBe("J")
    expect(write(status, "inactive")).toBe("N")
    expect(write(status, "deceased")).toBe("refused")
    expect(read(status, "__proto__")).toBe("Invalid")
    expect(read(table({ 1: "a" }), 1)).toBe("a")
  })
  it("say yes and no in many ways", () => {
    for (const raw of [true, 1, "1", "t", "TRUE"]) expect(read(boolean(), raw)).toBe(true)
    for (const raw of [false, 0, "0", "f", "False"]) expect(read(boolean(), raw)).toBe(false)
    expect(read(boolean({ true: "J", false: "N" }), "J")).toBe(true)
    expect(read(boolean(), "constructor")).toBe("Invalid")
    expect(write(boolean({ true: "J", false: "N" }), false)).toBe("N")
  })
  it("know countries, numbers of articles and of telephones", () => {
    expect(read(country(), "Deutschland")).toBe("DE")
    expect(write(country("alpha3"), "DE")).toBe("DEU")
    expect(read(gtin(13), "4006381333931")).toBe("04006381333931")
    expect(write(gtin(13), "04006381333931")).toBe("4006381333931")
    expect(write(gtin(12), "04006381333931")).toBe("refused")
    expect(read(gtin(13), "4006381333932")).toBe("Invalid")
    expect(read(e164("DE"), "030 / 23125-100")).toBe("+493023125100")
    expect(read(e164({ column: "LAND" }), "020 7946 0123", { LAND: "GB" })).toBe("+442079460123")
    expect(read(e164(), "030 23125100")).toBe("Invalid")
    expect(write(e164("DE"), "+442079460123")).toBe("+442079460123")
  })
})

describe("any schema", () => {
  it("is a codec", () => {
    const even = schema(Schema.NumberFromString.check(Schema.isMultipleOf(2)))
    expect(read(even, "4")).toBe(4)
    expect(read(even, "5")).toBe("Invalid")
    expect(write(even, 4)).toBe("4")
    expect(even.name).not.toBe(schema(Schema.NumberFromString).name)
  })
})
