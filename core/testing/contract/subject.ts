/** What the author of a connector says about one resource, so that the contract suite can work with it. */
import type { Effect, Scope } from "effect"
import type { Connection } from "../../connector/connector.ts"
import type { Vault } from "../../connector/vault.ts"
import type { Delivery } from "../../connector/webhook.ts"
import type { Patch, Record_ } from "../../mapping/mapping.ts"
import type { Json } from "../../model/value.ts"
import type { StageTime } from "./time.ts"

/** What may be missing at a resource. A case that needs one of them is skipped with the reason in `cannot`. */
export type Ability = keyof typeof abilities

/** In words, for the table in the docs. */
export const abilities = {
  make: "records appear there without us",
  stamp: "a record can be given the time of its change",
  offline: "records are told long after they were made",
  edit: "people edit records there",
  remove: "people delete records there",
  deletions: "a deletion leaves evidence",
  merge: "people merge records there",
  lag: "search learns of a change later",
  retention: "the log of deletions ends",
  field: "custom fields are added",
  hidden: "a field is dropped, or hidden from our token",
  describe: "columns are described",
  create: "records can be created",
  update: "records can be changed",
  delete: "records can be deleted by us",
  key: "a create carries a key of ours",
  twin: "a value is unique there",
  bad: "data can be refused",
  locked: "a column cannot be written",
  children: "records have child rows",
  text: "a column holds any text",
  longest: "texts have a longest length",
  money: "amounts of money are written",
  wide: "64-bit numbers are held",
  throttle: "too many requests are refused",
  unavailable: "the server can be out of order",
  "cut-before": "a request can be lost on its way",
  "cut-after": "an answer can be lost",
  lock: "another writer can be in the way",
  partial: "one record of a batch can fail",
  calls: "requests are counted",
  expire: "an access token expires and is renewed",
  rotate: "a renewed token has to be stored before it is used",
  webhook: "the system tells of changes by itself"
} as const

export type Done<A> = A | Promise<A>

export interface Subject {
  /** `connection.resource`, as the docs call it. */
  readonly name: string
  /** Columns that readings ask for. */
  readonly columns: ReadonlyArray<string>
  /** Records that one request brings at most: more of them need more than a page. */
  readonly page: number
  /** As many records with one time stamp as must not be too many. Default one page. */
  readonly alike?: number
  /** After this long every change there can be read, milliseconds. Default 0. */
  readonly settleMs?: number
  /** A record may become visible with a stamp that is so old, milliseconds. Default a minute. */
  readonly lateMs?: number
  /** What this resource cannot do, each with its reason. */
  readonly cannot: { readonly [ability in Ability]?: string }
  /** Starts an empty account and a connection to it; all of it ends with the scope. */
  readonly open: (stage: Given) => Effect.Effect<Stage, unknown, Scope.Scope>
  /** Runs a case in a time of its own. Default: the suite's clock, on which waiting is free. */
  readonly run?: <A, E>(work: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

/** What a stage gets. */
export interface Given {
  readonly time: StageTime
  /** Where tokens are kept: pass it on to nobody, the suite opens the connection with it. */
  readonly vault: Vault
}

export interface Stage {
  readonly connection: Connection
  readonly resource: string
  readonly people: People
  readonly ours?: Ours
  readonly faults?: Faults
  readonly hooks?: Hooks
  /** Requests that the vendor's schema does not allow; each case ends with none. */
  readonly violations?: () => ReadonlyArray<string>
  /** Requests that have reached the system so far; those that only read before a write need not be among them. */
  readonly calls?: () => number
  /** Moves the system's own clock; the suite's moves by itself. */
  readonly advance?: (ms: number) => void
}

/** What happens at the system behind our back. Texts go into the column that `Ours.update` writes, too. */
export interface People {
  /**
   * Makes so many records, visible at once. `stamp`: when they were changed, by their own word; `made`: when they were
   * made, while the change is now.
   */
  readonly make: (count: number, stamp?: number, made?: number) => Done<ReadonlyArray<string>>
  readonly edit?: (id: string, text: string) => Done<void>
  readonly remove?: (id: string) => Done<void>
  /** The record that both are now: an old id or a new one. */
  readonly merge?: (loser: string, into: string) => Done<string>
  /** Searches learn of the changes that are made from now on so much later. */
  readonly lag?: (ms: number) => void
  /** What is forgotten after so long. */
  readonly retentionMs?: number
  readonly addField?: () => Done<string>
  /** Takes away a column that is among `Subject.columns`, or hides it from our token; says which. */
  readonly dropField?: () => Done<string>
  /** The text of a record as it is there; undefined: there is none. */
  readonly look: (id: string) => Done<string | undefined>
  /** Live records. */
  readonly count: () => Done<number>
  /** An id that no record ever had, in the system's form. */
  readonly unknown: string
  /** The text of a record as we read it. */
  readonly textOf: (record: Record_) => Json | undefined
}

/** What we write. */
export interface Ours {
  /** A new record; equal `nth` means equal unique values. */
  readonly create?: (nth: number, text: string) => Patch
  readonly update?: (text: string, into: Record_) => Patch
  /** Data that the system refuses, for a create and (laid over it) for an update. */
  readonly bad?: Patch
  /** A column that only the system writes, with a value. */
  readonly locked?: Patch
  readonly delete?: "delete" | "archive"
  /** A record with several child rows, a patch that changes one of them, and how many there are. */
  readonly children?: {
    readonly make: () => Done<string>
    readonly patch: (into: Record_) => Patch
    readonly count: (id: string) => Done<number>
  }
  /** The longest text the text column takes, in characters. */
  readonly longest?: number
  readonly money?: {
    readonly currencies: ReadonlyArray<readonly [currency: string, amount: string]>
    readonly patch: (currency: string, amount: string, into: Record_) => Patch
    readonly read: (record: Record_) => string | undefined
  }
  /** A column of 64-bit numbers. */
  readonly wide?: { readonly patch: (digits: string) => Patch; readonly read: (record: Record_) => Json | undefined }
  /** Texts that the system stores in another form, e.g. trimmed. */
  readonly stored?: (text: string) => string
}

/** Switches a fault on for the next request that it fits. */
export interface Faults {
  readonly throttle?: () => void
  readonly unavailable?: () => void
  readonly cutBefore?: (op: "create" | "update") => void
  readonly cutAfter?: (op: "create" | "update") => void
  readonly lock?: () => void
  readonly partial?: () => void
  /** The access token in use is worth nothing any more. */
  readonly expire?: () => void
}

export interface Hooks {
  /** What was sent since the last time, when nothing is on its way any more. */
  readonly take: () => Promise<ReadonlyArray<Delivery>>
  /** For the next message. */
  readonly fault: (what: "lost" | "doubled" | "late") => void
}

/** What a stage describes of this resource alone; faults and messages may be those of the whole account. */
export const described = ({ ours, people }: Stage): ReadonlySet<Ability> => {
  const parts: { readonly [ability in Ability]?: unknown } = {
    edit: people.edit, remove: people.remove, lag: people.lag, retention: people.retentionMs,
    field: people.addField, hidden: people.dropField,
    create: ours?.create, update: ours?.update, delete: ours?.delete, bad: ours?.bad, locked: ours?.locked,
    children: ours?.children, longest: ours?.longest, money: ours?.money, wide: ours?.wide
  }
  return new Set(Object.entries(parts).flatMap(([ability, part]) =>
    part === undefined || !isAbility(ability) ? [] : [ability]))
}

const isAbility = (name: string): name is Ability => Object.hasOwn(abilities, name)
