/** What a terminal shows: values in words, masks by PII class, only what differs. */
import { describe, expect, it } from "vitest"
import type { Output } from "../../cli/output.ts"
import { harmless } from "../../cli/output.ts"
import { bar, progress } from "../../cli/progress.ts"
import { change, duration, masked, shown, table, words } from "../../cli/render.ts"
import { Customer, Product } from "../../core/model/index.ts"

const capture = (): { readonly out: Output; readonly lines: Array<string>; readonly said: Array<string> } => {
  const lines: Array<string> = []
  const said: Array<string> = []
  const plain = (text: string) => text
  return {
    lines,
    said,
    out: {
      json: false, personal: false, debug: false, width: 80, live: false,
      line: (text = "") => void lines.push(text),
      data: () => undefined,
      say: (text) => void said.push(text),
      paint: { bold: plain, dim: plain, red: plain, green: plain, yellow: plain }
    }
  }
}

describe("masks", () => {
  it.each([
    ["none", "DE", "DE", "DE"],
    ["personal", "Ada", "A…", "Ada"],
    ["personal", { city: "Ulm" }, "•••", { city: "Ulm" }],
    ["sensitive", "1990-01-01", "•••", "1990-01-01"],
    ["secret", "12", "•••", "•••"],
    ["personal", null, null, null]
  ] as const)("%s %j", (pii, value, hidden, open) => {
    expect(masked(pii, value, false)).toEqual(hidden)
    expect(masked(pii, value, true)).toEqual(open)
  })

  it("looks into lists, whose attributes have classes of their own", () => {
    const variants = [{ id: "v1", sku: "A-1", cost: { minor: "100", scale: 2, currency: "EUR" } }]
    expect(shown(Product.field("variants"), variants, true)).toEqual([{ id: "v1", sku: "A-1", cost: "•••" }])
    expect(shown(Customer.field("tags"), ["vip"], false)).toEqual(["v…"])
    expect(shown(undefined, "unknown field", false)).toBe("u…")
  })
})

describe("words", () => {
  it.each([
    [null, "(empty)"],
    [{ minor: "1250", scale: 2, currency: "EUR" }, "12.50 EUR"],
    [{ minor: "-5", scale: 2, currency: "EUR" }, "-0.05 EUR"],
    [{ minor: "500", scale: 0, currency: "JPY" }, "500 JPY"],
    [{ lines: ["Hauptstr. 1"], postalCode: "89073", city: "Ulm" }, "Hauptstr. 1, 89073, Ulm"],
    [["a", "b"], "a, b"],
    [true, "true"],
    ["\u001b[31mred\u0007", "\ufffd[31mred\ufffd"]
  ])("%j", (value, text) => {
    expect(words(value)).toBe(text)
  })

  it("shows of a list only what differs", () => {
    const before = [{ id: "1", sku: "A", qty: 1 }, { id: "2", sku: "B", qty: 1 }]
    const after = [{ id: "1", sku: "A", qty: 2 }, { id: "3", sku: "C", qty: 1 }]
    expect(change(before, after)).toBe("- B, 1; qty 1 → 2; + C, 1")
    expect(change(["x", "y"], ["y", "x"])).toBe("order of the list")
    expect(change(undefined, "new")).toBe("(empty) → new")
  })

  it("keeps a record's characters from steering the terminal", () => {
    expect(harmless("a\u001b]0;title\u0007b\u009b")).toBe("a\ufffd]0;title\ufffdb\ufffd")
  })

  it.each([[20, "20 ms"], [1_234, "1.2 s"], [200_000, "3 min 20 s"], [7_320_000, "2 h 2 min"]])("%d ms", (ms, text) => {
    expect(duration(ms)).toBe(text)
  })
})

describe("tables", () => {
  it("aligns numbers to the right and leaves no blanks at the end", () => {
    const { lines, out } = capture()
    table(out, ["SIDE", "N"], [["erp.KUNDEN", 5], ["shop", 120]])
    expect(lines).toEqual(["SIDE          N", "erp.KUNDEN    5", "shop        120"])
  })
})

describe("progress", () => {
  it("is a bar with rate and time left where the total is known", () => {
    expect(bar("read from", "erp.KUNDEN", 3_200, 10_000, 3_400))
      .toBe("read from erp.KUNDEN [########................] 3,200 of 10,000, 3,400/s, 2.0 s left")
    expect(bar("read from", "erp.KUNDEN", 3_200, undefined, 0)).toBe("3,200 records read from erp.KUNDEN")
  })

  it("is a plain line now and then where there is no terminal", () => {
    const { out, said } = capture()
    let now = 100_000
    const shows = progress(out, () => now)
    for (let done = 0; done < 20; done++) {
      shows.event({ _tag: "Page", side: "erp.KUNDEN", records: 1, done, total: 20 })
      now += 1_000
    }
    expect(said).toHaveLength(3)
    expect(said.join("\n")).not.toContain("\r")
  })
})
