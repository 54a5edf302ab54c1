/** A fake system: tables, people who edit them, and a connection as the engine sees it. */
import { Effect } from "effect"
import type { Connection, Resource, ResourceInfo, Session } from "../../connector/connector.ts"
import type { HubTime, Json } from "../../model/value.ts"
import { declared } from "../../connector/participant.ts"
import type { Declared } from "../../connector/participant.ts"
import { ConnectorError, Unavailable } from "../../connector/errors.ts"
import type { Record_ } from "../../mapping/mapping.ts"
import type { Faults } from "./faults.ts"
import { reader } from "./reader.ts"
import { writer } from "./writer.ts"
import { Table } from "./table.ts"
import type { Moment, Row, Writer_ } from "./table.ts"
import type { Random } from "./random.ts"
import type { Time } from "./time.ts"

export class FakeSystem implements Connection {
  readonly kind = "fake"
  readonly secrets: Connection["secrets"] = []
  readonly name: string
  readonly time: Time
  readonly random: Random
  /** May be changed at any time: a system that heals. */
  knobs: Faults
  readonly tables = new Map<string, Table>()
  /** Every request and what became of it, as text: the half of P9 that the systems see. */
  readonly log: Array<string>
  /** Where webhooks go: (table, id). */
  onHint: ((resource: string, id: string) => void) | undefined
  /** Reads and writes that reached the system. */
  reads = 0
  writes = 0

  constructor(name: string, faults: Faults, time: Time, random: Random, log: Array<string>) {
    this.name = name
    this.knobs = faults
    this.time = time
    this.random = random
    this.log = log
  }

  table(name: string): Table {
    const known = this.tables.get(name)
    if (known !== undefined) return known
    const table = new Table(name)
    this.tables.set(name, table)
    return table
  }

  /** As connectors offer a resource to a config: `.table("CUSTOMER")` made ready for `.as(mapping)`. */
  resource(name: string): Declared {
    this.table(name)
    return declared(this, name)
  }

  // -- people

  create(table: string, columns: { readonly [column: string]: Json }): string {
    const row = this.table(table).insert(columns, "user", this.moment(), this.knobs)
    this.note(`user creates ${row.id} ${JSON.stringify(columns)}`)
    this.tell(table, row.id)
    return row.id
  }

  /** A person's edit; in a transaction that stays open for a while where the system has such (`late`). */
  edit(table: string, id: string, change: Record_ | ((now: Record_) => Record_)): void {
    const moment = this.moment()
    const commit = (): void => {
      const row = this.table(table).alive(id, this.knobs)
      if (row === undefined) return
      const columns = typeof change === "function" ? change(row.columns) : change
      this.table(table).update(row, columns, "user", { now: this.time.now, stamp: moment.stamp }, this.knobs)
      this.note(`user edits ${id} ${JSON.stringify(columns)}`)
      this.tell(table, id)
    }
    if (this.random.chance(this.knobs.late)) this.time.after(this.random.below(this.knobs.lateMs), commit)
    else commit()
  }

  remove(table: string, id: string): void {
    const row = this.table(table).alive(id, this.knobs)
    if (row === undefined) return
    this.table(table).remove(row, "user", this.moment(), this.knobs)
    this.note(`user removes ${id}`)
    this.tell(table, id)
  }

  /** What a person sees there. */
  look(table: string, id: string): Row | undefined {
    return this.table(table).alive(id, this.knobs)
  }

  // -- what the reader and the writer use

  moment(): Moment {
    const grain = this.knobs.stampMs
    return { now: this.time.now, stamp: Math.floor((this.time.now + this.knobs.skewMs) / grain) * grain }
  }

  note(what: string): void {
    this.log.push(`${this.time.now} ${this.name} ${what}`)
  }

  /** One leg of a request: the place where a process can be paused or killed. */
  readonly leg: Effect.Effect<void> = Effect.suspend(() => Effect.sleep(this.legMs()))

  legMs(): HubTime {
    return this.random.chance(this.knobs.pause)
      ? this.random.between(1, this.knobs.pauseMs)
      : this.random.between(1, this.knobs.latencyMs)
  }

  unavailable(operation: string): ConnectorError {
    this.note(`${operation} fails`)
    return new ConnectorError({
      connection: this.name,
      operation,
      reason: new Unavailable({ message: "The fake system does not answer." })
    })
  }

  /** Sends webhooks about a record: late, out of order, twice or never. */
  tell(resource: string, id: string, by: Writer_ = "user"): void {
    if (!this.knobs.hints) return
    const times = this.random.chance(this.knobs.loseHint) ? 0 : this.random.chance(this.knobs.doubleHint) ? 2 : 1
    for (let nth = 0; nth < times; nth++) {
      this.time.after(this.random.between(1, Math.max(1, this.knobs.hintMs)), () => {
        this.note(`tells of ${id} (${by})`)
        this.onHint?.(resource, id)
      })
    }
  }

  // -- Connection

  open(options: { readonly readOnly: boolean }): Effect.Effect<Session> {
    const session: Session = {
      account: Effect.succeed(`fake:${this.name}`),
      discover: Effect.sync(() => [...this.tables.keys()].map(info)),
      resource: (name) => this.resourceOf(name, options.readOnly)
    }
    return Effect.succeed(session)
  }

  private resourceOf(name: string, readOnly: boolean): Resource {
    const table = this.table(name)
    return {
      name,
      reader: reader(this, table),
      ...(readOnly ? {} : { writer: writer(this, table) }),
      describe: Effect.succeed(info(name))
    }
  }
}

const info = (name: string): ResourceInfo => ({ name, columns: [], children: {}, warnings: [] })
