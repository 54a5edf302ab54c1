/** A store written as plain functions that return or throw, and how it becomes the service. */
import { Effect, Option, Stream } from "effect"
import type { HubTime } from "../model/value.ts"
import type { Fact, GoldenId } from "../sync/state.ts"
import { HubStore, LeaseLost, Raced, StoreError } from "./store.ts"

type Service = HubStore["Service"]
type PlainOf<F> = F extends (...args: infer A) => Effect.Effect<infer R, infer _E> ? (...args: A) => R : never
type PlainAll<S> = { readonly [name in keyof S]: PlainOf<S[name]> }

export type RunFact = Fact & { readonly run: string; readonly at: HubTime }
export interface FactFilter {
  readonly run?: string
  readonly golden?: GoldenId
}

/** Every method is one transaction: it returns, or it throws and nothing happened. */
export type Plain = PlainAll<Omit<Service, "inbox" | "quarantine" | "facts" | "backup">> & {
  readonly inbox: PlainAll<Service["inbox"]>
  readonly quarantine: PlainAll<Service["quarantine"]>
  /** A page of facts after the given place, and the place to go on from. */
  readonly facts: (filter: FactFilter, after: number) => {
    readonly facts: ReadonlyArray<RunFact>
    readonly next: number | undefined
  }
  readonly backup: (path: string) => Promise<void>
}

/** Turns what a store threw into its one sentence; anything it does not know is a defect. */
export type Sentence = (operation: string, error: unknown) => StoreError | undefined

export const service = (plain: Plain, sentence: Sentence): Service => {
  const lift = <A extends ReadonlyArray<unknown>, R>(operation: string, method: (...args: A) => R) =>
    (...args: A): Effect.Effect<R, StoreError> =>
      attempt(operation, sentence, () => method(...args)).pipe(Effect.catchTag(["Raced", "LeaseLost"], Effect.die))
  const lease = <A extends ReadonlyArray<unknown>, R>(operation: string, method: (...args: A) => R) =>
    (...args: A): Effect.Effect<R, LeaseLost | StoreError> =>
      attempt(operation, sentence, () => method(...args)).pipe(Effect.catchTag("Raced", Effect.die))
  return HubStore.of({
    ...looking(plain, lift, sentence),
    load: lift("load", plain.load),
    heads: lift("heads", plain.heads),
    commit: (plan, extra) => attempt("commit", sentence, () => plain.commit(plan, extra)).pipe(
      Effect.catchTag("LeaseLost", Effect.die)
    ),
    inbox: {
      take: lift("inbox.take", plain.inbox.take),
      put: lift("inbox.put", plain.inbox.put),
      drop: lift("inbox.drop", plain.inbox.drop),
      untake: lift("inbox.untake", plain.inbox.untake),
      parked: lift("inbox.parked", plain.inbox.parked),
      count: lift("inbox.count", plain.inbox.count)
    },
    cursor: lift("cursor", plain.cursor),
    saveCursor: lift("saveCursor", plain.saveCursor),
    listed: lift("listed", plain.listed),
    mark: lift("mark", plain.mark),
    unmark: lift("unmark", plain.unmark),
    missing: lift("missing", plain.missing),
    claim: lift("claim", plain.claim),
    outward: lift("outward", plain.outward),
    renew: lease("renew", plain.renew),
    release: lift("release", plain.release),
    intend: (given, now) => attempt("intend", sentence, () => plain.intend(given, now)),
    job: lift("job", plain.job),
    jobs: lift("jobs", plain.jobs),
    acknowledge: lift("acknowledge", plain.acknowledge),
    defer: lift("defer", plain.defer),
    approve: lift("approve", plain.approve),
    hold: lift("hold", plain.hold)
  })
}

type Lift = <A extends ReadonlyArray<unknown>, R>(
  operation: string, method: (...args: A) => R
) => (...args: A) => Effect.Effect<R, StoreError>

const looking = (plain: Plain, lift: Lift, sentence: Sentence) => ({
  dueAt: lift("dueAt", plain.dueAt),
  dueCount: lift("dueCount", plain.dueCount),
  held: lift("held", plain.held),
  find: lift("find", plain.find),
  conflicts: lift("conflicts", plain.conflicts),
  conflict: lift("conflict", plain.conflict),
  quarantine: {
    list: lift("quarantine.list", plain.quarantine.list),
    groups: lift("quarantine.groups", plain.quarantine.groups),
    drop: lift("quarantine.drop", plain.quarantine.drop)
  },
  facts: (filter: FactFilter) =>
    Stream.paginate(0, (after: number) =>
      lift("facts", plain.facts)(filter, after).pipe(
        Effect.map(({ facts, next }) => [facts, Option.fromUndefinedOr(next)] as const)
      )),
  counts: lift("counts", plain.counts),
  begin: lift("begin", plain.begin),
  end: lift("end", plain.end),
  runs: lift("runs", plain.runs),
  run: lift("run", plain.run),
  lock: lift("lock", plain.lock),
  unlock: lift("unlock", plain.unlock),
  connection: lift("connection", plain.connection),
  saveConnection: lift("saveConnection", plain.saveConnection),
  backup: (path: string) =>
    Effect.tryPromise({ try: () => plain.backup(path), catch: (error) => error }).pipe(
      Effect.catch((error) => failure("backup", sentence, error)),
      Effect.catchTag(["Raced", "LeaseLost"], Effect.die)
    ),
  retain: lift("retain", plain.retain),
  dump: lift("dump", plain.dump)
})

const attempt = <R>(
  operation: string, sentence: Sentence, work: () => R
): Effect.Effect<R, Raced | LeaseLost | StoreError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (error) {
      return failure(operation, sentence, error)
    }
  })

const failure = (
  operation: string, sentence: Sentence, error: unknown
): Effect.Effect<never, Raced | LeaseLost | StoreError> => {
  if (error instanceof Raced || error instanceof LeaseLost || error instanceof StoreError) return Effect.fail(error)
  const known = sentence(operation, error)
  return known === undefined ? Effect.die(error) : Effect.fail(known)
}
