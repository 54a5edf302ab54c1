/** What a case works with: one open stage, and the steps that most cases share. */
import { Data, Effect, Option, Random, Stream } from "effect"
import type { Cursor, Change, Expect, Held, Outcome, Page, ReadOptions, Resource, Seen, Session } from "../../connector/connector.ts"
import type { Fenced } from "../../connector/connector.ts"
import type { ConnectorError } from "../../connector/errors.ts"
import type { Patch, Record_ } from "../../mapping/mapping.ts"
import type { Json } from "../../model/value.ts"
import { identical } from "../../model/value.ts"
import type { Ability, Done, Ours, Stage, Subject } from "./subject.ts"
import type { StageTime } from "./time.ts"
import type { CaseVault } from "./vault.ts"

/** What a connector did that it promised not to, in one sentence. */
export class ContractBreach extends Data.TaggedError("ContractBreach")<{ readonly message: string }> {}

export const breach = (message: string): Effect.Effect<never, ContractBreach> =>
  Effect.fail(new ContractBreach({ message }))

export const must = (holds: boolean, message: () => string): Effect.Effect<void, ContractBreach> =>
  holds ? Effect.void : Effect.suspend(() => breach(message()))

export type Step<A> = Effect.Effect<A, ContractBreach | ConnectorError>

export class Trial {
  readonly subject: Subject
  readonly stage: Stage
  readonly session: Session
  readonly time: StageTime
  readonly vault: CaseVault
  #keys = 0

  constructor(subject: Subject, stage: Stage, session: Session, time: StageTime, vault: CaseVault) {
    this.subject = subject
    this.stage = stage
    this.session = session
    this.time = time
    this.vault = vault
  }

  get resource(): Resource {
    return this.session.resource(this.stage.resource)
  }

  /** Something the author did not describe, and gave no reason for. */
  has<A>(ability: Ability, one: A | undefined): Effect.Effect<A, ContractBreach> {
    return one === undefined
      ? breach(`the subject neither has "${ability}" nor says in \`cannot\` why not`)
      : Effect.succeed(one)
  }

  /** A step of the author's: at once, or by promise. */
  do<A>(step: () => Done<A>): Effect.Effect<A> {
    return Effect.suspend(() => {
      const done = step()
      return done instanceof Promise ? Effect.promise(() => done) : Effect.succeed(done)
    })
  }

  // -- behind our back

  make(count: number, stamp?: number, made?: number): Effect.Effect<ReadonlyArray<string>> {
    return this.do(() => this.stage.people.make(count, stamp, made))
  }

  edit(id: string, text: string): Step<void> {
    return Effect.flatMap(this.has("edit", this.stage.people.edit), (edit) => this.do(() => edit(id, text)))
  }

  look(id: string): Effect.Effect<string | undefined> {
    return this.do(() => this.stage.people.look(id))
  }

  get count(): Effect.Effect<number> {
    return this.do(() => this.stage.people.count())
  }

  /** Every change there can be read now. */
  get settle(): Effect.Effect<void> {
    return Effect.sync(() => { this.time.advance(this.subject.settleMs ?? 0) })
  }

  // -- reading

  get options(): ReadOptions {
    return { columns: this.subject.columns }
  }

  pages(since: Cursor | undefined, options: Partial<ReadOptions> = {}): Step<ReadonlyArray<Page>> {
    return Stream.runCollect(this.resource.reader.changes(since, { ...this.options, ...options }))
  }

  /** The first page that holds records: a bulk read may say first that it has begun. */
  first(since: Cursor | undefined): Step<Page> {
    const pages = Stream.filter(this.resource.reader.changes(since, this.options), ({ seen }) => seen.length > 0)
    return Effect.flatMap(Stream.runHead(pages), Option.match({
      onNone: () => breach("a read of changes ends without a single record"),
      onSome: (page) => Effect.succeed(page)
    }))
  }

  listing(resume?: Cursor): Step<ReadonlyArray<Page>> {
    return Stream.runCollect(this.resource.reader.listing(resume, this.options))
  }

  fetch(ids: ReadonlyArray<string>): Step<ReadonlyArray<Seen>> {
    return Effect.map(this.resource.reader.fetch(ids, this.options), ({ seen }) => seen)
  }

  /** A copy that knows everything there is, and where to go on. */
  get caughtUp(): Step<Copy> {
    const copy = new Copy(this)
    return Effect.as(copy.read(), copy)
  }

  // -- writing

  key(): string {
    return `contract-${++this.#keys}`
  }

  create(ours: Ours["create"] & {}, nth: number, text: string, key = this.key()): Change {
    return { op: "create", attempt: this.key(), idempotencyKey: key, marker: key, patch: () => ours(nth, text) }
  }

  update(id: string, patch: (into: Record_) => Patch, holds: Expect["holds"] = () => true, version?: string): Change {
    const expect = version === undefined ? { holds } : { holds, version }
    return { op: "update", id, attempt: this.key(), idempotencyKey: this.key(), patch, expect }
  }

  /** As the engine understands a call that failed as a whole. */
  write(
    changes: ReadonlyArray<Change>, fence: Effect.Effect<void, Fenced> = Effect.void
  ): Effect.Effect<ReadonlyArray<Outcome>, ContractBreach> {
    return Effect.flatMap(this.has("create", this.resource.writer), (writer) => writer.write(changes, fence)).pipe(
      Effect.catchTags({
        Fenced: () => Effect.succeed(changes.map((): Outcome => ({ did: "unsent" }))),
        ConnectorError: ({ reason }) => Effect.succeed(changes.map((): Outcome =>
          reason._tag === "Unavailable" || reason._tag === "Malformed" ? { did: "unknown" } : { did: "unsent" }))
      }),
      Effect.tap((outcomes) => must(outcomes.length === changes.length, () =>
        `${changes.length} changes got ${outcomes.length} outcomes`))
    )
  }

  /** One change that has to go through. */
  wrote(change: Change): Effect.Effect<Extract<Outcome, { readonly did: "written" }>, ContractBreach> {
    return Effect.flatMap(this.write([change]), ([outcome]) => outcome?.did === "written"
      ? Effect.succeed(outcome)
      : breach(`a plain ${change.op} was answered with ${said(outcome)}`))
  }

  get ours(): { readonly create: Step<Ours["create"] & {}>; readonly update: Step<Ours["update"] & {}> } {
    return {
      create: this.has("create", this.stage.ours?.create),
      update: this.has("update", this.stage.ours?.update)
    }
  }

  /** The record's text as a reading of it shows it. */
  textOf(held: Held): Json | undefined {
    return this.stage.people.textOf(held.record)
  }

  /** A seeded choice, the same in every run. */
  pick<A>(list: ReadonlyArray<A>): Effect.Effect<A | undefined> {
    return Effect.map(Random.nextIntBetween(0, Math.max(1, list.length)), (at) => list[at])
  }
}

export const said = (outcome: Outcome | undefined): string =>
  outcome === undefined ? "nothing" : outcome.did === "refused" ? `refused (${outcome.cause})` : outcome.did

/** What a hub would know by now: the last thing said about each record, hints and partial payloads read again. */
export class Copy {
  readonly records = new Map<string, Held>()
  readonly gone = new Set<string>()
  readonly moved = new Map<string, string>()
  readonly unreadable = new Map<string, string>()
  cursor: Cursor | undefined
  readonly #trial: Trial

  constructor(trial: Trial) {
    this.#trial = trial
  }

  /** Goes on from where it is, to the end; how many records came. */
  read(): Step<number> {
    return Effect.gen({ self: this }, function*() {
      let count = 0
      for (const page of yield* this.#trial.pages(this.cursor)) {
        yield* this.take(page)
        count += page.seen.length
      }
      return count
    })
  }

  take(page: Page): Step<void> {
    return Effect.gen({ self: this }, function*() {
      yield* this.absorb(page.seen)
      // Between two runs a cursor is text in a file.
      this.cursor = JSON.parse(JSON.stringify(page.next))
    })
  }

  absorb(seen: ReadonlyArray<Seen>): Step<void> {
    return Effect.gen({ self: this }, function*() {
      const again = new Set<string>()
      for (const one of seen) {
        if (one._tag === "Hint" || (one._tag === "Held" && !one.complete)) again.add(one.id)
        else this.#know(one)
      }
      for (const [, to] of this.moved) if (!this.records.has(to) && !this.gone.has(to)) again.add(to)
      if (again.size === 0) return
      const list = [...again]
      for (let at = 0; at < list.length; at += 100) {
        for (const one of yield* this.#trial.fetch(list.slice(at, at + 100))) this.#know(one)
      }
    })
  }

  #know(one: Seen): void {
    this.gone.delete(one.id)
    switch (one._tag) {
      case "Held":
        this.records.set(one.id, one)
        break
      case "Gone":
        this.records.delete(one.id)
        this.gone.add(one.id)
        break
      case "Moved":
        this.records.delete(one.id)
        this.gone.add(one.id)
        this.moved.set(one.id, one.to)
        break
      case "Unreadable":
        this.unreadable.set(one.id, one.why)
        break
      case "Hint":
        break
    }
  }

  text(id: string): Json | undefined {
    const held = this.records.get(id)
    return held === undefined ? undefined : this.#trial.textOf(held)
  }
}

/** Columns of one reading that show something else in another. */
export const differing = (a: Held, b: Held): ReadonlyArray<string> =>
  Object.keys(a.record).filter((column) => column in b.record && !identical(a.record[column], b.record[column]))
