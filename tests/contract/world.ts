/** A system of the simulator's world as a subject of the contract suite: on the suite's clock instead of its own. */
import { Effect } from "effect"
import type { Given, Stage, Subject } from "../../core/testing/contract.ts"
import { World } from "../../core/testing/world.ts"
import type { Faults, Row } from "../../core/testing/world.ts"
import { Rows } from "../../core/mapping/index.ts"
import { isList } from "../../core/model/value.ts"

const table = "THINGS"
const drawn = "its faults are drawn by chance from a seed: the simulator is where they are met (docs/guide/testing.md)"

export const world: Subject = {
  name: "world.THINGS",
  columns: ["CODE", "NAME", "KIDS", "AMOUNT", "BIG", "MADE"],
  page: 10,
  settleMs: 0,
  lateMs: 60_000,
  cannot: {
    merge: "rows of a fake table are not merged",
    retention: "there is no log of deletions: a listing finds them",
    field: "fake tables have no schema",
    hidden: "fake tables have no schema",
    describe: "fake tables have no schema",
    locked: "fake tables have no schema",
    longest: "fake tables have no schema",
    calls: "its writes are one call each by nature", throttle: drawn, unavailable: drawn, lock: drawn, partial: drawn, "cut-before": drawn, "cut-after": drawn,
    expire: "a fake system asks for no token",
    rotate: "a fake system asks for no token",
    webhook: "its hints go straight to the simulator's inbox, unsigned"
  },
  open: ({ time }) => Effect.sync(() => stage(time))
}

const stage = (time: Given["time"]): Stage => {
  const own = new World(1)
  own.time.now = time.now()
  const now = (): void => own.time.until(time.now())
  const faults: Partial<Faults> = { page: 10, overlapMs: 120_000, creates: "idempotent", unique: "CODE", refuses: "fully refused" }
  const system = own.system("world", faults)
  const things = system.table(table)
  const row = (id: string): Row | undefined => things.alive(id, system.knobs)
  return {
    connection: system,
    resource: table,
    advance: now,
    people: {
      make: (count, stamp, made) => Array.from({ length: count }, (_, at) => {
        now()
        // Its cursor has no place inside the overlap: pages of it must not all be as young.
        if (stamp === undefined) time.advance(20_000)
        const id = system.create(table, { NAME: `thing ${at}`, MADE: made ?? null })
        const found = row(id)
        if (found !== undefined && stamp !== undefined) found.stamp = stamp
        return id
      }),
      edit: (id, text) => { now(); system.edit(table, id, { NAME: text }) },
      remove: (id) => { now(); system.remove(table, id) },
      lag: (ms) => { system.knobs = { ...system.knobs, lagMs: ms } },
      look: (id) => { const name = row(id)?.columns["NAME"]; return typeof name === "string" ? name : undefined },
      count: () => things.rows.size,
      unknown: "THINGS-999999",
      textOf: (record) => record["NAME"]
    },
    ours: {
      create: (nth, text) => ({ CODE: `C-${nth}`, NAME: text }),
      update: (text) => ({ NAME: text }),
      bad: { CODE: "fully refused" },
      delete: "delete",
      children: {
        make: () => { now(); return system.create(table, { KIDS: [{ ID: "1", WORD: "a" }, { ID: "2", WORD: "b" }] }) },
        patch: () => ({ KIDS: new Rows([{ id: "1", set: { WORD: "changed" } }]) }),
        count: (id) => { const kids = row(id)?.columns["KIDS"]; return isList(kids) ? kids.length : 0 }
      },
      money: {
        currencies: [["USD", "12.34"], ["JPY", "1200"], ["KWD", "1.234"]],
        patch: (currency, amount) => ({ AMOUNT: `${amount} ${currency}` }),
        read: (record) => String(record["AMOUNT"]).split(" ")[0]
      },
      wide: { patch: (digits) => ({ BIG: digits }), read: (record) => record["BIG"] }
    }
  }
}
