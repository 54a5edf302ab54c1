/** Class R: nothing but newer evidence of the person opens a consent (SEMANTICS 1.4, CANONICAL-MODEL 4.5). */
import { describe, expect, it } from "vitest"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json, Value } from "../../core/model/value.ts"
import { mergeConsent } from "../../core/sync/consent.ts"
import { Hub, policyOf } from "./hub.ts"
import { seeded } from "./world.ts"

interface Said {
  readonly state: string
  readonly decidedAt?: string
  readonly decidedBy?: string
}
const consent = (said: Said): Value => [{ id: "email|marketing", channel: "email", purpose: "marketing", ...said }]
const stateOf = (value: Value | null | undefined): Json | undefined => {
  const first = value !== undefined && isList(value ?? undefined) && Array.isArray(value) ? value[0] : undefined
  return isRecord(first) ? first["state"] : undefined
}
const day = (at: number): string => `2026-0${at}-01T00:00:00Z`
const now = "2026-12-01T00:00:00Z"
const person = (state: string, at: number): Said => ({ state, decidedAt: day(at), decidedBy: "subject" })

const merge = (golden: Said | undefined, theirs: Said, at = now) => {
  const first = golden === undefined ? undefined : mergeConsent(undefined, consent(golden), day(1), now)
  const before = first?.value ?? undefined
  return stateOf(mergeConsent(before, consent(theirs), at, now).value)
}

describe("the ratchet", () => {
  it("opens by the person's newer word", () => {
    expect(merge(person("denied", 1), person("granted", 2))).toBe("granted")
    expect(merge(undefined, person("granted", 2))).toBe("granted")
  })
  it("does not open by an older word, a tie, an import, a default, or without a date", () => {
    expect(merge(person("denied", 3), person("granted", 2))).toBe("denied")
    expect(merge(person("withdrawn", 2), person("granted", 2))).toBe("withdrawn")
    expect(merge(person("denied", 1), { state: "granted", decidedAt: day(5), decidedBy: "import" })).toBe("denied")
    expect(merge(person("denied", 1), { state: "granted", decidedBy: "business_default" })).toBe("denied")
    expect(merge(person("denied", 1), { state: "granted", decidedBy: "subject" })).toBe("denied")
    expect(merge(undefined, { state: "granted" })).toBe("unknown")
  })
  it("does not believe a grant dated after the reading", () => {
    expect(merge(person("denied", 1), { state: "granted", decidedAt: "2099-01-01T00:00:00Z", decidedBy: "subject" })).toBe("denied")
  })
  it("closes by anything that is not older", () => {
    expect(merge(person("granted", 1), person("withdrawn", 2))).toBe("withdrawn")
    expect(merge(person("granted", 1), { state: "suppressed_bounce" })).toBe("suppressed_bounce")
    expect(merge(person("granted", 3), { state: "denied", decidedAt: day(2), decidedBy: "import" })).toBe("granted")
  })
  it("lets the person open again what an undated import closed", () => {
    const closed = mergeConsent(undefined, consent({ state: "denied" }), day(3), now).value ?? undefined
    expect(stateOf(closed)).toBe("denied")
    expect(stateOf(mergeConsent(closed, consent(person("granted", 2)), now, now).value)).toBe("denied")
    expect(stateOf(mergeConsent(closed, consent(person("granted", 4)), now, now).value)).toBe("granted")
  })
  it("does not let silence speak against a decision", () => {
    expect(merge(person("granted", 1), { state: "unknown" })).toBe("granted")
  })
})

const states = ["granted", "denied", "withdrawn", "unknown", "never_asked", "suppressed_bounce"]
const random = (seed: number) => {
  const dice = seeded(seed)
  const one = (): { readonly said: Said; readonly at: string } => {
    const by = dice.pick(["subject", "import", "business_default", "agent", ""])
    const at = day(1 + dice.int(9))
    return {
      said: {
        state: dice.pick(states),
        ...(dice.chance(0.7) ? { decidedAt: at } : {}),
        ...(by === "" ? {} : { decidedBy: by })
      },
      at: day(1 + dice.int(9))
    }
  }
  return { dice, one }
}

describe("laws of the ratchet", () => {
  it("never turns closed into open without newer evidence of the person", () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const { one } = random(seed)
      let golden: Value | undefined
      for (let step = 0; step < 6; step++) {
        const { said, at } = one()
        const before = stateOf(golden)
        golden = mergeConsent(golden, consent(said), at, now).value ?? undefined
        const opened = stateOf(golden) === "granted" && before !== "granted"
        if (opened) expect(said, `seed ${seed}`).toMatchObject({ state: "granted", decidedBy: "subject", decidedAt: expect.any(String) })
      }
    }
  })
  it("does not depend on the order of merging (P11)", () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const { dice, one } = random(seed)
      const all = Array.from({ length: 4 }, one)
      const fold = (list: typeof all) => list.reduce<Value | undefined>(
        (golden, { said, at }) => mergeConsent(golden, consent(said), at, now).value ?? undefined, undefined)
      const first = fold(all)
      const shuffled = [...all].sort(() => dice.next() - 0.5)
      expect(fold(shuffled), `seed ${seed}`).toEqual(first)
      expect(fold([...shuffled].reverse()), `seed ${seed}`).toEqual(first)
    }
  })
})

describe("consent between sides", () => {
  const fields = ["email", "consent"]
  const start = () => {
    const hub = new Hub(policyOf({ "erp.K": { only_: fields }, "shop.c": { only_: fields } }))
    hub.now = 1_796_000_000_000 // late in 2026: nothing above is dated after it is read
    return hub
  }
  const email = "a@example.com"
  const granted = consent(person("granted", 1))
  it("takes an unproved grant at first sight for unknown, and writes nothing back over it", () => {
    const hub = start()
    const made = hub.held("erp.K", "1", { email, consent: consent({ state: "granted" }) })
    expect(stateOf(hub.golden("erp.K", "1").values["consent"])).toBe("unknown")
    expect(made.due.map((one) => one.side)).toEqual(["shop.c"])
    expect(hub.push("erp.K", "g1")).toEqual({ do: "nothing" })
    const push = hub.push("shop.c", "g1")
    expect(push.do === "create" ? push.writes.map((one) => one.path) : []).toEqual(["email"])
  })
  it("brings a withdrawal to every side, and an unproved grant does not undo it", () => {
    const hub = start()
    hub.held("erp.K", "1", { email, consent: granted })
    hub.held("shop.c", "s1", { email, consent: granted })
    hub.held("shop.c", "s1", { email, consent: consent(person("withdrawn", 2)) })
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "update", writes: [{ path: "consent" }] })
    hub.send("erp.K", "g1", { did: "written", id: "1" }, { email, consent: consent(person("withdrawn", 2)) })
    const again = hub.held("erp.K", "1", { email, consent: consent({ state: "granted", decidedBy: "import" }) })
    expect(stateOf(hub.golden("erp.K", "1").values["consent"])).toBe("withdrawn")
    expect(again.conflicts).toMatchObject([{ kind: "consent_downgrade", status: "auto" }])
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "update", writes: [{ path: "consent" }] })
  })
  it("brings the person's newer opt-in to every side", () => {
    const hub = start()
    hub.held("erp.K", "1", { email, consent: consent(person("withdrawn", 1)) })
    hub.held("shop.c", "s1", { email, consent: consent(person("withdrawn", 1)) })
    hub.held("shop.c", "s1", { email, consent: consent(person("granted", 2)) })
    const push = hub.push("erp.K", "g1")
    expect(stateOf(push.do === "update" ? push.writes[0]?.value : undefined)).toBe("granted")
  })
  it("restricts at first sight of a linked record", () => {
    const hub = start()
    hub.held("erp.K", "1", { email, consent: granted })
    hub.held("shop.c", "s1", { email, consent: consent({ state: "denied", decidedBy: "import" }) })
    expect(stateOf(hub.golden("erp.K", "1").values["consent"])).toBe("denied")
    expect(hub.push("erp.K", "g1")).toMatchObject({ do: "update" })
  })
  it("does not remember more because it sees the same again", () => {
    const hub = start()
    const shown = { email, consent: consent({ state: "denied" }) }
    hub.held("erp.K", "1", shown)
    const { ver } = hub.golden("erp.K", "1")
    hub.held("erp.K", "1", shown)
    hub.held("erp.K", "1", shown)
    expect(hub.golden("erp.K", "1").ver).toBe(ver)
    expect(hub.push("erp.K", "g1")).toEqual({ do: "nothing" })
  })
})
