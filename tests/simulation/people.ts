/** People who work in the systems and know nothing of the hub. */
import type { Random } from "../../core/testing/world.ts"
import type { Row } from "../../core/testing/world.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json, Path } from "../../core/model/value.ts"
import { columnOf } from "./mapping.ts"
import { states } from "./model.ts"
import type { Place, Setup } from "./setup.ts"

export class People {
  private readonly setup: Setup
  private readonly random: Random
  private fresh = 0

  constructor(setup: Setup) {
    this.setup = setup
    this.random = setup.world.random.fork()
  }

  /** One thing that somebody does somewhere. */
  act(): void {
    const place = this.random.pick(this.setup.sides)
    const rows = this.rowsOf(place)
    const chance = this.random.below(100)
    if (rows.length === 0 || chance < 14) return this.create(place)
    const row = this.random.pick(rows)
    if (this.setup.deletes && chance < 18) return place.system.remove(place.table, row.id)
    this.edit(place, row)
  }

  private rowsOf(place: Place): ReadonlyArray<Row> {
    const { deleted } = place.system.knobs
    return [...place.system.table(place.table).rows.values()]
      .filter((row) => deleted === undefined || row.columns[deleted] !== true)
  }

  /** A new record; now and then of somebody whom another system already knows. */
  private create(place: Place): void {
    const { random } = this
    const keyColumn = columnOf(place.entity.name === "ticket" ? "number" : "code")
    const others = this.setup.sides.filter((other) => other.entity === place.entity && other !== place)
    const elsewhere = random.chance(0.4) ? this.rowsOf(random.pick(others)).map((row) => row.columns[keyColumn]) : []
    const mine = new Set([...place.system.table(place.table).rows.values()].map((row) => row.columns[keyColumn]))
    const known = elsewhere.filter((code) => code !== null && code !== undefined && !mine.has(code))
    const code = known.length > 0 ? random.pick(known) ?? null : `${place.entity.name[0]}${++this.fresh}`
    const columns: { [column: string]: Json } = { [keyColumn]: code }
    for (const path of place.policy.mapping.covers) {
      if (columnOf(path) === keyColumn || random.chance(0.3)) continue
      columns[columnOf(path)] = this.value(place, path, undefined)
    }
    place.system.create(place.table, columns)
  }

  private edit(place: Place, row: Row): void {
    const paths = place.policy.mapping.covers
    const key = paths[0]
    const chosen = [this.random.pick(paths), this.random.pick(paths)].slice(0, this.random.between(1, 2))
      .filter((path) => path !== key || (this.setup.keyEdits && this.random.chance(0.2)))
    if (chosen.length === 0) return
    place.system.edit(place.table, row.id, (now) => {
      const columns: { [column: string]: Json } = {}
      for (const path of chosen) columns[columnOf(path)] = this.value(place, path, now[columnOf(path)])
      return columns
    })
  }

  /** What somebody there could make of a field that shows `now`. */
  value(place: Place, path: Path, now: Json | undefined): Json {
    const { random } = this
    const nth = ++this.fresh
    switch (path) {
      case "stock": return String((typeof now === "string" ? Number(now) : 100) + random.between(-5, 5))
      case "tags": return this.tags(now)
      case "events": return [...(isList(now) ? now : []), { id: `event ${nth}`, text: `event ${nth}` }]
      case "consent": return this.consent(now)
      case "status": return this.status(now)
      case "person": return this.parent(place)
      case "phone": return random.chance(0.1) ? null : `+49 30 23125 ${String(nth).padStart(3, "0")}`
      case "email": return random.chance(0.1) ? null : `p${nth}@example.com`
      case "limit": case "total": return random.chance(0.1) ? null : String(nth)
      case "code": case "number": return `${place.entity.name[0]}${nth}`
      default: return this.text(place, path, nth)
    }
  }

  private text(place: Place, path: Path, nth: number): Json {
    const { random } = this
    if (random.chance(0.1)) return null
    // The same as somebody elsewhere wrote: no conflict.
    if (random.chance(0.1)) {
      const other = random.pick(this.setup.sides.filter((one) => one.entity === place.entity))
      const rows = this.rowsOf(other)
      if (rows.length > 0) return random.pick(rows).columns[columnOf(path)] ?? null
    }
    return `${path} ${nth} of ${place.system.name}`
  }

  private tags(now: Json | undefined): Json {
    const { random } = this
    const tags = (isList(now) ? now : []).filter((tag) => typeof tag === "string")
    const tag = `t${random.below(8)}`
    return tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag]
  }

  private consent(now: Json | undefined): Json {
    const { random } = this
    const list = (isList(now) ? now : []).filter(isRecord)
    const id = random.pick(["email|marketing", "sms|marketing"])
    const subject = random.chance(0.6)
    const [channel = "", purpose = ""] = id.split("|")
    const decision = {
      id,
      channel,
      purpose,
      state: random.pick(["granted", "denied", "withdrawn"]),
      decidedBy: subject ? "subject" : "import",
      decidedAt: new Date(this.setup.world.time.now).toISOString()
    }
    return [...list.filter((one) => one["id"] !== id), decision]
  }

  private status(now: Json | undefined): Json {
    const at = states.findIndex((state) => state === now)
    if (this.random.chance(0.05)) return this.random.pick(states)
    return states[Math.min(at + 1, states.length - 1)] ?? "draft"
  }

  private parent(place: Place): Json {
    const parents = [...place.system.table("PERSON").rows.keys()]
    return parents.length === 0 || this.random.chance(0.1) ? null : this.random.pick(parents)
  }
}
