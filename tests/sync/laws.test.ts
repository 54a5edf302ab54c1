/** Named laws of SEMANTICS 1.15 over seeded histories of plain sides; the simulator has the faults of transport. */
import { describe, expect, it } from "vitest"
import { identical } from "../../core/model/value.ts"
import type { Value } from "../../core/model/value.ts"
import { alike, lensesOf, project } from "../../core/sync/lens.ts"
import { heldAt, policyOf } from "./hub.ts"
import { World } from "./world.ts"

const sides = ["erp.K", "shop.c", "crm.p"]
const plain = ["email", "name", "city"]

const world = (seed: number, creates: "upsert" | "once" = "upsert") => new World(policyOf({
  "erp.K": { only_: plain, creates, createWaitMs: 1_000 },
  "shop.c": {
    only_: plain, creates, createWaitMs: 1_000,
    fields: { name: { norm: (one) => typeof one === "string" ? one.toUpperCase() : one } }
  },
  "crm.p": { only_: plain, creates, createWaitMs: 1_000 }
}, { match: ["email"] }), seed, {
  // Declared at the shop, undeclared in the CRM.
  "shop.c": (path, value) => path === "name" && typeof value === "string" ? value.toUpperCase() : value,
  "crm.p": (path, value) => path === "city" && typeof value === "string" ? value.toUpperCase() : value
})

const history = (run: World, steps: number, lossy: boolean): void => {
  const { random } = run
  const people = ["a@example.com", "b@example.com", "c@example.com"]
  for (let step = 0; step < steps; step++) {
    const side = random.pick(sides)
    const { records } = run.system(side)
    switch (random.int(5)) {
      case 0: {
        const email = random.pick(people)
        const there = [...records.values()].some((one) => one["email"] === email)
        if (!there) run.born(side, { email, name: `n${step}` })
        break
      }
      case 1: {
        const ext = [...records.keys()]
        const value = random.chance(0.2) ? null : `v${step}`
        if (ext.length > 0) run.edit(side, random.pick(ext), { [random.pick(["name", "city"])]: value })
        break
      }
      case 2:
        run.read(side)
        break
      case 3:
        run.settle(side)
        break
      default:
        run.push(side, lossy)
    }
  }
}

/** Every linked record shows golden, in its own projection, or what the hub last knew it makes of it. */
const differences = (run: World): ReadonlyArray<string> => {
  const found: Array<string> = []
  for (const link of run.hub.links.values()) {
    if (link.status !== "active") continue
    const shown = run.system(link.side).records.get(link.ext)
    const golden = run.hub.goldens.get(link.golden)
    for (const lens of lensesOf(run.hub.policy, run.policyOf(link.side)).values()) {
      const now = project(lens, golden?.values[lens.path])
      const theirs = (shown?.[lens.path] ?? null) as Value | null
      const pair = link.shadow[lens.path]
      const settled = pair !== undefined && identical(pair.r, theirs) && alike(lens.policy, pair.g as Value | null, now)
      if (alike(lens.policy, now, theirs) || settled) continue
      found.push(`${link.side} ${link.ext} ${lens.path}: ${String(theirs)} is not ${String(now)}`)
    }
  }
  return found
}

const seeds = Array.from({ length: 150 }, (_, at) => at + 1)

describe("laws", () => {
  it.each([["without loss", false], ["with lost answers", true]])("converges and then stays quiet, %s (P1, P2)", (_, lossy) => {
    for (const seed of seeds) {
      const run = world(seed)
      history(run, 60, lossy)
      run.round()
      run.round()
      run.round()
      expect(differences(run), `seed ${seed}`).toEqual([])
      const before = run.writes
      const versions = [...run.hub.goldens.values()].map((one) => one.ver)
      run.round()
      expect(run.writes, `writes after convergence, seed ${seed}`).toBe(before)
      expect([...run.hub.goldens.values()].map((one) => one.ver), `seed ${seed}`).toEqual(versions)
    }
  })

  it("keeps one record a side for each golden record, and links all of one e-mail (P4)", () => {
    for (const seed of seeds) {
      const run = world(seed)
      history(run, 60, false)
      run.round()
      run.round()
      for (const side of sides) {
        const emails = [...run.system(side).records.values()].map((one) => one["email"])
        expect(new Set(emails).size, `seed ${seed} ${side}`).toBe(emails.length)
      }
    }
  })

  it("invents nothing (P7): every golden value was seen somewhere", () => {
    for (const seed of seeds.slice(0, 50)) {
      const run = world(seed)
      const seen = new Set<unknown>()
      const see = run.hub.see.bind(run.hub)
      run.hub.see = (...batch) => {
        for (const obs of batch) {
          if (obs._tag === "Held") for (const one of obs.values.values()) if (one._tag === "Value") seen.add(one.value)
        }
        return see(...batch)
      }
      history(run, 60, true)
      run.round()
      for (const golden of run.hub.goldens.values()) {
        for (const value of Object.values(golden.values)) expect(seen.has(value), `seed ${seed} ${String(value)}`).toBe(true)
      }
    }
  })

  it("plans nothing more when it sees the same again (idempotent, no echo)", () => {
    for (const seed of seeds.slice(0, 50)) {
      const run = world(seed)
      history(run, 40, false)
      for (const side of sides) {
        run.hub.now += 1_000
        const page = [...run.system(side).records].map(([ext, shown]) => heldAt(run.hub.now, side, ext, shown))
        run.hub.see(...page)
        const again = run.hub.plan(page)
        expect(again, `seed ${seed}`).toMatchObject({ goldens: [], links: [], due: [], conflicts: [], settled: [] })
        expect(again.keys, `seed ${seed}`).toEqual({ add: [], remove: [] })
      }
    }
  })

  it("is deterministic: the same snapshot and batch give the same plan (P9)", () => {
    const [one, two] = [world(7), world(7)]
    history(one, 80, true)
    history(two, 80, true)
    expect([...two.hub.goldens]).toEqual([...one.hub.goldens])
    expect([...two.hub.links]).toEqual([...one.hub.links])
  })
})
