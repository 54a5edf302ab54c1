/** What is due at an address, computed when it is sent (DESIGN 2): types only; `pushes.ts` decides. */
import type { HubTime, Path, Value } from "../model/value.ts"
import type { Conflict, Due, ExtId, Fact, Golden, GoldenId, Intent, Link, Side } from "./state.ts"

/** What a dry run begins ids with that a system has yet to give. */
export const standIn = "new:"

/** Everything needed to decide one due address. */
export interface Address {
  readonly due: Due
  readonly golden: Golden
  /** The active link on that side, if there is one. */
  readonly link?: Link
  /** Every other link of this golden on that side (aliases, unlinked, deleted). */
  readonly others: ReadonlyArray<Link>
  /** Of this golden on that side. */
  readonly intents: ReadonlyArray<Intent>
  /** Open conflicts of this golden on that side: their paths are frozen. */
  readonly frozen: ReadonlyArray<Path>
}

/** Golden reference → external id, for one side: `entity|resource|goldenRef`. Missing: not linked there yet. */
export type Outward = ReadonlyMap<string, ExtId>

export interface FieldWrite {
  readonly path: Path
  /** In the projection, references external. */
  readonly value: Value | null
  /** What the side must still show (`r` of the pair); undefined where it was never seen. */
  readonly base: Value | null | undefined
  /** The rule and source that made golden say so, for the plan: `owner(erp) from erp.KUNDEN 4711`. */
  readonly why: string
}

/** A field that is not written with the rest: the side cannot hold its value. */
export interface Refused {
  readonly path: Path
  readonly why: string
}

export type Push =
  | {
    readonly do: "create"
    readonly writes: ReadonlyArray<FieldWrite>
    readonly marker: GoldenId
    readonly refused?: ReadonlyArray<Refused>
  }
  | {
    readonly do: "update"
    readonly ext: ExtId
    readonly writes: ReadonlyArray<FieldWrite>
    readonly refused?: ReadonlyArray<Refused>
  }
  | { readonly do: "remove"; readonly ext: ExtId; readonly how: "delete" | "archive" }
  /** Golden and side agree: the address is cleared. */
  | { readonly do: "nothing" }
  /** A policy holds it back; cleared and counted. */
  | { readonly do: "skip"; readonly why: string }
  /** A parent has no link there yet: `side|goldenRef`, the side being the parent's on the same connection. */
  | { readonly do: "park"; readonly on: string; readonly why: string }
  /** `read`: only a reading of this record ends the wait, and nothing else may ask for one. */
  | { readonly do: "wait"; readonly until: HubTime; readonly why: string; readonly read?: ExtId }
  /** An unknown create that nothing but a complete listing or a person can settle. */
  | { readonly do: "stuck"; readonly why: string }

/** What an acknowledgement changes, to be committed at once. */
export interface Acknowledged {
  readonly links: ReadonlyArray<{ readonly link: Link; readonly was: number }>
  readonly conflicts: ReadonlyArray<Conflict>
  readonly facts: ReadonlyArray<Fact>
  /** Intents that are settled; `unknown` ones stay. */
  readonly settled: ReadonlyArray<{ readonly attempt: string; readonly golden: GoldenId }>
  /** Records to read before anything else is decided about them. */
  readonly hints: ReadonlyArray<{ readonly side: Side; readonly ext: ExtId }>
  /** cleared: if the golden version is still the one pushed (C20). again: stays due at that time. */
  readonly due:
    | { readonly then: "clear" }
    | { readonly then: "again"; readonly notBefore: HubTime; readonly attempts: number }
    | { readonly then: "hold"; readonly by: string }
  /** Refused for good: shown to a person. */
  readonly quarantine?: { readonly path?: Path; readonly cause: string }
  /** Written, except for these fields, which the side cannot hold as they are: shown to a person. */
  readonly withheld?: ReadonlyArray<{ readonly path: Path; readonly cause: string }>
  /** Fields that were written: what is shown of earlier faults in them is over. Absent: of the whole record. */
  readonly told?: ReadonlyArray<Path>
  /** P8 of due work. */
  readonly outcome: "written" | "unchanged" | "moved" | "refused" | "unknown" | "left"
}
