/** What people and systems write, and the one canonical form it is read as. */
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { addressKey } from "../../core/model/address.ts"
import { parseLocale } from "../../core/model/code.ts"
import { fold } from "../../core/model/consent.ts"
import type { Decided } from "../../core/model/consent.ts"
import { formatCountry, parseCountry } from "../../core/model/country.ts"
import { Decimal, decimalKey, parseDecimal, shifted } from "../../core/model/decimal.ts"
import { Email, emailKey, parseEmail, personalEmailKey } from "../../core/model/email.ts"
import { checkDigit, Gtin, gtinAt, parseGtin } from "../../core/model/gtin.ts"
import {
  compareInstants, dateOf, daysInMonth, daysOf, Instant, instantOf, isPartialDate, millisOf, nanosOf, parseInstant,
  parseLocalDate
} from "../../core/model/instant.ts"
import { formatMoney, fromMinor, Money, moneyAt, negated, parseMoney, sumMoney } from "../../core/model/money.ts"
import { nameKey } from "../../core/model/name.ts"
import { formatPhone, parsePhone, readPhone } from "../../core/model/phone.ts"
import { unicodeDomain } from "../../core/model/punycode.ts"
import { forward } from "../../core/model/state.ts"
import { isPlaceholder, isTidy, tidy } from "../../core/model/text.ts"
import { sampled } from "./sample.ts"

type Table = ReadonlyArray<readonly [string, string | undefined]>

describe("text", () => {
  it.each<readonly [string, string | undefined]>([
    ["  Ada ", "Ada"], ["", undefined], ["   \t\n", undefined], ["\u00a0\ufeff", undefined], ["Mu\u0308ller", "Müller"], ["a\r\nb", "a\nb"],
    ["a\0b", "ab"], ["\ud800x", "\ufffdx"], ["👩🏽‍🚀", "👩🏽‍🚀"]
  ])("tidies %j", (raw, canonical) => expect(tidy(raw)).toBe(canonical))

  it("is tidy once tidied", () => {
    const odd = ["  a", "e\u0301 ", "\r\n x \r\n", "\ud800", "ﬁ", "\u2126 ohm", "x\u0000 "]
    for (const text of odd) expect(isTidy(tidy(text) ?? "x"), JSON.stringify(text)).toBe(true)
  })

  it("knows what stands for nothing", () => {
    for (const text of ["Unknown", " N/A ", "unbekannt", "-", "1900-01-01", "0000-00-00", "k. A."]) expect(isPlaceholder(text), text).toBe(true)
    for (const text of ["Ada", "Na Li", "1980-05-17", "0"]) expect(isPlaceholder(text), text).toBe(false)
  })
})

describe("decimals", () => {
  const table: Table = [
    ["1.50", "1.50"], ["01.5", "1.5"], [".5", "0.5"], ["5.", "5"], ["-0.00", "0.00"], ["+3", "3"], ["1e-7", "0.0000001"], ["1.5E3", "1500"],
    ["123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"], ["", undefined], [".", undefined], ["1,5", undefined],
    ["NaN", undefined], ["0x10", undefined], ["1 000", undefined], ["--1", undefined]
  ]
  it.each(table)("reads %j", (raw, canonical) => expect(parseDecimal(raw)).toBe(canonical))

  it("takes every decimal that it reads", () => {
    for (const text of ["0.100000", "0.000000", "-0.5000000000", "1.0000", "12345678901234567890.12345678901234567890", "-0"]) {
      expect(Schema.is(Decimal.schema)(parseDecimal(text)), text).toBe(true)
    }
    for (const text of ["-0", "-0.00", "01", "1.", ".5", "1e3", "+1"]) expect(Schema.is(Decimal.schema)(text), text).toBe(false)
  })

  it("has one spelling a value", () => {
    expect(new Set(["1.5", "1.50", "01.500", "15e-1"].map(decimalKey))).toEqual(new Set(["1.5"]))
    expect(decimalKey("-0.0")).toBe("0")
  })

  it("adds differences to counters exactly", () => {
    expect(shifted("9", "9", "10")).toBe("8")
    expect(shifted("0.1", "0.3", "0.1")).toBe("0.3")
    expect(shifted("10", "x", "1")).toBeUndefined()
  })
})

describe("money", () => {
  it.each<readonly [string, string, string | undefined]>([
    ["12.5", "EUR", "12.50"], ["12.50000", "EUR", "12.50"], ["0.125", "EUR", "0.125"], ["1200", "JPY", "1200"], ["1.5", "KWD", "1.500"],
    ["-0.01", "EUR", "-0.01"], ["0", "EUR", "0.00"], ["0.0000000001", "EUR", undefined], ["x", "EUR", undefined], ["", "EUR", undefined],
    ["90071992547409.93", "EUR", "90071992547409.93"]
  ])("reads %s %s", (decimal, currency, formatted) => {
    const money = parseMoney(decimal, currency)
    expect(money === undefined ? undefined : formatMoney(money)).toBe(formatted)
  })

  it("comes back from its decimal", () => {
    for (const money of sampled(Money.schema, 300)) {
      expect(parseMoney(formatMoney(money), money.currency, money.scale)).toEqual(money)
    }
  })

  it("never loses a digit to a scale", () => {
    expect(moneyAt({ minor: "1250", scale: 3, currency: "EUR" }, 2)).toEqual({ minor: "125", scale: 2, currency: "EUR" })
    expect(moneyAt({ minor: "1255", scale: 3, currency: "EUR" }, 2)).toBeUndefined()
    expect(fromMinor("1250", "EUR")).toEqual({ minor: "1250", scale: 2, currency: "EUR" })
    expect(fromMinor("12.5", "EUR")).toBeUndefined()
  })

  it("adds up within one currency only", () => {
    const [a, b] = [parseMoney("0.10", "EUR"), parseMoney("0.205", "EUR")]
    const dollar = parseMoney("1", "USD")
    if (a === undefined || b === undefined || dollar === undefined) throw new Error("unreadable")
    const sum = sumMoney([a, b])
    expect(sum && formatMoney(sum)).toBe("0.305")
    expect(sumMoney([a, dollar])).toBeUndefined()
    expect(sumMoney([])).toBeUndefined()
    const nothing = sumMoney([a, negated(a)])
    expect(nothing && formatMoney(nothing)).toBe("0.00")
  })
})

describe("time", () => {
  const instants: Table = [
    ["2027-01-01T10:30:00+01:00", "2027-01-01T09:30:00Z"], ["2027-01-01 09:30:00Z", "2027-01-01T09:30:00Z"], ["2027-01-01T00:30:00+0100", "2026-12-31T23:30:00Z"],
    ["2027-01-01T09:30:00.120Z", "2027-01-01T09:30:00.12Z"], ["2027-01-01T09:30:00.000Z", "2027-01-01T09:30:00Z"], ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"], ["2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z"], ["1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"],
    ["2027-01-01T09:30:00-03", "2027-01-01T12:30:00Z"], ["2027-01-01T09:30Z", "2027-01-01T09:30:00Z"],
    ["2023-02-29T00:00:00Z", undefined], ["2027-13-01T00:00:00Z", undefined], ["2027-01-01T25:00:00Z", undefined], ["2027-01-01T09:30:00", undefined],
    ["2027-01-01", undefined], ["now", undefined], ["2027-01-01T09:30:00+19:00", undefined]
  ]
  it.each(instants)("reads the instant %j", (raw, canonical) => expect(parseInstant(raw)).toBe(canonical))

  it("counts days as the calendar does", () => {
    expect(daysOf(1970, 1, 1)).toBe(0)
    expect(daysOf(2000, 3, 1)).toBe(11017)
    let days = daysOf(1896, 1, 1)
    for (let year = 1896; year <= 2104; year++) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 1; day <= daysInMonth(year, month); day++) {
          const date = dateOf(days)
          if (daysOf(year, month, day) !== days || date.year !== year || date.month !== month || date.day !== day) {
            throw new Error(`day ${days} is not ${year}-${month}-${day}`)
          }
          days += 1
        }
      }
    }
  })

  it("agrees with the runtime's own clock arithmetic", () => {
    for (const instant of sampled(Instant.schema, 300)) {
      expect(millisOf(instant)).toBe(Math.floor(new Date(instant).getTime()))
      expect(parseInstant(instant)?.slice(0, 19)).toBe(instant.slice(0, 19))
      expect(nanosOf(instantOf(millisOf(instant) ?? 0))).toBe(BigInt(millisOf(instant) ?? 0) * 1_000_000n)
    }
  })

  it("compares by the point in time, and lets no unreadable text win", () => {
    expect(compareInstants("2027-01-01T00:00:00Z", "2027-01-01T00:30:00+01:00")).toBe(1)
    expect(compareInstants("2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00")).toBe(0)
    expect(compareInstants("soon", "1970-01-01T00:00:00Z")).toBe(-1)
    expect(compareInstants("soon", "later")).toBe(0)
    const some = sampled(Instant.schema, 60)
    for (const a of some) {
      for (const b of some) {
        const [left, right] = [nanosOf(a) ?? 0n, nanosOf(b) ?? 0n]
        expect(compareInstants(a, b)).toBe(left < right ? -1 : left > right ? 1 : 0)
        expect(Instant.same(a, b)).toBe(left === right)
      }
    }
  })

  it.each<readonly [string, string | undefined]>([
    ["2027-01-31", "2027-01-31"], ["20270131", "2027-01-31"], ["2027-01-31T00:00:00Z", "2027-01-31"], ["2027-01-31 00:00:00", "2027-01-31"], ["2027-02-30", undefined],
    ["31.01.2027", undefined], ["0000-00-00", undefined]
  ])("reads the date %j", (raw, canonical) => expect(parseLocalDate(raw)).toBe(canonical))

  it("takes a part of a date", () => {
    for (const text of ["1980-05-17", "1980-05", "1980", "--05-17", "--02-29"]) expect(isPartialDate(text), text).toBe(true)
    for (const text of ["1980-5-17", "--02-30", "80", "1980-13", ""]) expect(isPartialDate(text), text).toBe(false)
  })
})

describe("e-mail", () => {
  const addresses: Table = [
    ["Ada@Example.com ", "Ada@Example.com"], ["mailto:ada@example.com", "ada@example.com"], ["Ada L. <ada@example.com>", "ada@example.com"], ["ada@example.com.", "ada@example.com"],
    ["jörg@münchen.example", "jörg@münchen.example"], ["a+b@sub.example.org", "a+b@sub.example.org"],
    ["ada", undefined], ["ada@", undefined], ["@example.com", undefined], ["ada@example", undefined], ["a b@example.com", undefined],
    ["ada..l@example.com", undefined], [".ada@example.com", undefined], ["ada@-x.example", undefined], ["ada@example.com,bob@example.com", undefined], ["", undefined]
  ]
  it.each(addresses)("reads %j", (raw, canonical) => expect(parseEmail(raw)).toBe(canonical))

  it("recognises nobody by an address that a marketplace made for one order", () => {
    for (const domain of ["marketplace.amazon.de", "members.ebay.com", "x.marketplace.amazon.com"]) {
      expect(personalEmailKey(["abc123", domain].join("@"))).toBeUndefined()
    }
    expect(personalEmailKey("nora@example.com")).toBe("nora@example.com")
    expect(personalEmailKey("testa@example.com")).toBe("testa@example.com")
    expect(personalEmailKey("noreply+shop@example.com")).toBeUndefined()
  })

  it("does not look for an address in a book", () => {
    expect(parseEmail(`<${" ".repeat(100_000)}x`)).toBeUndefined()
    expect(parsePhone(`1${" ".repeat(100_000)}x`, "DE")).toBeUndefined()
  })

  it("knows one domain in both of its spellings", () => {
    expect(unicodeDomain("xn--mnchen-3ya.example")).toBe("münchen.example")
    expect(unicodeDomain("xn--fiqs8s")).toBe("中国")
    expect(unicodeDomain("xn--!.example")).toBe("xn--!.example")
    expect(emailKey("Ada@XN--MNCHEN-3YA.example")).toBe("ada@münchen.example")
    expect(Email.same("ada@münchen.example", "ADA@xn--mnchen-3ya.example")).toBe(true)
  })
})

describe("telephone numbers", () => {
  it.each<readonly [string, string | undefined, string | undefined]>([
    ["030/23125-001", "DE", "+493023125001"], ["+44 (0)20 7946 0123", undefined, "+442079460123"], ["0044 20 7946 0123", undefined, "+442079460123"],
    ["030 23125-001 Durchwahl 12", "DE", "+493023125001;ext=12"], ["(555) 555-0100 x12", "US", "+15555550100;ext=12"], ["+493023125001;ext=12", undefined, "+493023125001;ext=12"],
    ["030 23125001", undefined, undefined], ["12", "DE", undefined], ["n/a", "DE", undefined], ["", "DE", undefined],
    ["+", undefined, undefined]
  ])("reads %j in %s", (raw, region, canonical) => expect(parsePhone(raw, region)).toBe(canonical))

  it("says why it could not be read, and keeps numbers of ranges that are not in use", () => {
    expect(readPhone("030 23125001")).toEqual({ why: "a number without its country, and no region is declared" })
    expect(readPhone("(555) 555-0100", "US")).toEqual({ phone: "+15555550100", valid: false })
  })

  it("comes back from every way it is written", () => {
    for (const phone of ["+493023125001", "+442079460123;ext=7", "+15555550100"]) {
      expect(parsePhone(formatPhone(phone, "international"))).toBe(phone)
      expect(parsePhone(formatPhone(phone, "e164"))).toBe(phone)
    }
    expect(parsePhone(formatPhone("+493023125001;ext=12", "national"), "DE")).toBe("+493023125001;ext=12")
  })
})

describe("codes", () => {
  const spelt: Table = [
    ["DE", "DE"], ["de", "DE"], ["DEU", "DE"], ["276", "DE"], ["Germany", "DE"], ["Deutschland", "DE"], ["Österreich", "AT"], ["Oesterreich", "AT"], ["Holland", "NL"],
    ["The Netherlands", "NL"], ["Viet Nam", "VN"], ["Vietnam", "VN"], ["UK", "GB"], ["United Kingdom", "GB"], ["USA", "US"], ["United States of America", "US"], ["EL", "GR"],
    ["Tschechien", "CZ"], ["Czech Republic", "CZ"], ["Côte d'Ivoire", "CI"], ["Türkei", "TR"], ["ZZ", undefined], ["Atlantis", undefined], ["", undefined]
  ]
  it.each(spelt)("reads the country %j", (raw, canonical) => expect(parseCountry(raw)).toBe(canonical))

  it("writes a country so that it is read again", () => {
    for (const code of ["DE", "GB", "US", "CI", "VN", "CZ", "NL", "KR"]) {
      for (const style of ["alpha2", "alpha3", "en", "de"] as const) {
        expect(parseCountry(formatCountry(code, style) ?? ""), `${code} ${style}`).toBe(code)
      }
    }
  })

  it.each<readonly [string, string | undefined]>([
    ["de_DE", "de-DE"], ["DE-ch", "de-CH"], ["zh-hant-tw", "zh-Hant-TW"], ["en_US.UTF-8", "en-US"], ["german", undefined], ["", undefined], ["es-419", "es-419"]
  ])("reads the locale %j", (raw, canonical) => expect(parseLocale(raw)).toBe(canonical))

  it.each<readonly [string, string | undefined]>([
    ["4006381333931", "04006381333931"], ["40170725", "00000040170725"], ["036000291452", "00036000291452"], ["400-6381 333931", "04006381333931"],
    ["4006381333932", undefined], ["0000000000000", undefined], ["123", undefined], ["400638133393X", undefined]
  ])("reads the GTIN %j", (raw, canonical) => expect(parseGtin(raw)).toBe(canonical))

  it("notices every single wrong digit of a GTIN", () => {
    for (const gtin of sampled(Gtin.schema, 20)) {
      expect(checkDigit(gtin.slice(0, -1))).toBe(Number(gtin.at(-1)))
      for (let at = 0; at < 14; at++) {
        const wrong = gtin.slice(0, at) + ((Number(gtin[at]) + 1) % 10) + gtin.slice(at + 1)
        expect(parseGtin(wrong)).toBeUndefined()
      }
    }
    expect(gtinAt("04006381333931", 13)).toBe("4006381333931")
    expect(gtinAt("14006381333938", 13)).toBeUndefined()
  })
})

describe("recognising", () => {
  it("sees one place behind two spellings, and two behind two", () => {
    const here = addressKey({ lines: ["Große Straße 1"], postalCode: "10115", city: "Berlin", country: "DE" })
    expect(here).toBeDefined()
    expect(addressKey({ street: "GROSSE STR.", houseNumber: "1", postalCode: "10115", city: "Berlin-Mitte", country: "DE" })).toBe(here)
    expect(addressKey({ street: "Große Straße", houseNumber: "11", postalCode: "10115", country: "DE" })).not.toBe(here)
    expect(addressKey({ lines: ["Große Straße 1"], postalCode: "10115", country: "AT" })).not.toBe(here)
    expect(addressKey({ city: "Berlin", country: "DE" })).toBeUndefined()
  })

  it("sees one name behind its spellings", () => {
    expect(nameKey("Jürgen", "Groß")).toBe(nameKey("GROSS", "Juergen"))
    expect(nameKey("Anna-Lena", undefined)).toBe(nameKey(undefined, "lena anna"))
    expect(nameKey(undefined, " - ")).toBeUndefined()
  })
})

describe("consent", () => {
  const granted: Decided = { state: "granted", decidedAt: "2026-03-01T00:00:00Z", decidedBy: "subject" }
  const withdrawn: Decided = { state: "withdrawn", decidedAt: "2026-04-01T00:00:00Z", decidedBy: "subject" }
  const imported: Decided = { state: "granted", decidedAt: "2026-06-01T00:00:00Z", decidedBy: "import" }
  const bounced: Decided = { state: "suppressed_bounce", decidedAt: "2026-05-01T00:00:00Z", decidedBy: "business_default" }
  const never: Decided = { state: "never_asked" }

  it.each<readonly [string, ReadonlyArray<Decided>, string | undefined]>([
    ["nothing is known", [], undefined],
    ["the person granted", [granted], "granted"],
    ["the newest decision of the person wins", [granted, withdrawn], "withdrawn"],
    ["and can open again", [{ ...withdrawn, decidedAt: "2026-01-01T00:00:00Z" }, granted], "granted"],
    ["an import never grants", [imported], "unknown"],
    ["nor re-opens what was withdrawn", [withdrawn, imported], "withdrawn"],
    ["nor weakens what the person granted", [granted, imported, never], "granted"],
    ["a grant without a time is no evidence", [{ state: "granted", decidedBy: "subject" }], "unknown"],
    ["whatever has no evidence may restrict", [granted, bounced], "suppressed_bounce"],
    ["unless the person decided later", [{ ...bounced, decidedAt: "2026-02-01T00:00:00Z" }, granted], "granted"],
    ["at the same time the stricter wins", [granted, { ...withdrawn, decidedAt: granted.decidedAt ?? "" }], "withdrawn"]
  ])("%s", (_, history, state) => expect(fold(history)?.state).toBe(state))

  it("does not depend on the order in which decisions arrive (P11)", () => {
    const all = [granted, withdrawn, imported, bounced, never]
    const orders = (left: ReadonlyArray<Decided>): ReadonlyArray<ReadonlyArray<Decided>> =>
      left.length === 0
        ? [[]]
        : left.flatMap((one) => orders(left.filter((other) => other !== one)).map((rest) => [one, ...rest]))
    for (let pick = 1; pick < 32; pick++) {
      const some = all.filter((_, at) => (pick >> at) % 2 === 1)
      expect(new Set(orders(some).map((history) => JSON.stringify(fold(history)))).size).toBe(1)
    }
  })
})

describe("states", () => {
  it("lets later states follow, and earlier ones only where declared", () => {
    expect(forward(["a", "b", "c"], { c: ["a"] })).toEqual({ a: ["b", "c"], b: ["c"], c: ["a"] })
  })
})
