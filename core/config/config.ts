/** What an integrator writes: `defineConfig`, `sync`, `pins`, `env`. Only declares; `resolve` checks and compiles it. */
import type { Participant } from "../connector/participant.ts"
import type { Entity, MergeClass } from "../model/entity.ts"
import type { FieldRule, Hold, Newest, oldest, Prefer, RegisterRule, RulesOf } from "./rules.ts"

/** `200`, `"5%"`, or both: held when both are exceeded. */
export type LimitOption = number | `${number}%` | { readonly count?: number; readonly percent?: number }

export interface BrakeOptions {
  readonly creates?: LimitOption
  /** Linked records of one side of which a value would be replaced. Default: more than 50 and more than 5 %. */
  readonly changes?: LimitOption
  /** Default: more than 10 and more than 10 %. */
  readonly deletes?: LimitOption
}

/** One record by its external id on each connection (`erp`) or side (`erp.LAGERORT`), linked by hand. */
export interface Pin {
  readonly [connectionOrSide: string]: string
}

/** What decides where two existing records differ that are linked for the first time. */
export type First = Prefer | Newest | Hold | typeof oldest

type Keys<A> = keyof A & string
/** Custom fields that nobody declared have no class that the compiler knows: `resolve` checks their rules. */
type RuleFor<C, P> = P extends keyof C ? C[P] extends MergeClass ? RulesOf[C[P]] : FieldRule : FieldRule

/** Twice, because a declared custom field hides behind `custom.${string}` among the keys of `A`. */
export type FieldRules<A, C> =
  & { readonly [P in Keys<A>]?: RuleFor<C, P> }
  & { readonly [P in Keys<C>]?: RuleFor<C, P> }

export interface SyncOptions<A, C> {
  readonly between: ReadonlyArray<Participant<A>>
  /** Kinds of keys to recognise records by, strongest first; parts that only count together in a list. Default: all. */
  readonly match?: ReadonlyArray<string | ReadonlyArray<string>>
  /** For every register that `fields` does not name. Default `newest`. */
  readonly rule?: RegisterRule
  readonly fields?: FieldRules<A, C>
  /** Default `hold`: until a person or a rule says so, nothing is overwritten. `owner` and `prefer` of a field decide first. */
  readonly first?: First
  readonly pins?: ReadonlyArray<Pin>
  readonly brake?: BrakeOptions
}

/** A sync as declared, its types erased. */
export interface SyncDeclaration {
  readonly _tag: "sync"
  readonly name: string
  readonly entity: Entity
  readonly options: {
    readonly between: ReadonlyArray<Participant>
    readonly match?: ReadonlyArray<string | ReadonlyArray<string>>
    readonly rule?: RegisterRule
    readonly fields?: { readonly [path: string]: FieldRule }
    readonly first?: First
    readonly pins?: ReadonlyArray<Pin>
    readonly brake?: BrakeOptions
  }
}

export interface PinsDeclaration {
  readonly entity: Entity
  readonly rows: ReadonlyArray<Pin>
}

export interface Config {
  /** Where the hub lives: `sqlite:hub.db`, relative to the config file. */
  readonly hub: string
  readonly syncs: ReadonlyArray<SyncDeclaration>
  readonly pins?: ReadonlyArray<PinsDeclaration>
}

export const defineConfig = (config: Config): Config => config

/** Brings one entity to agree between its participants. */
export const sync = <A, C>(
  name: string,
  entity: Entity<A, C>,
  options: SyncOptions<NoInfer<A>, NoInfer<C>>
): SyncDeclaration =>
  // The types have done their work in this signature; from here on paths are checked at run time by `resolve`.
  ({ _tag: "sync", name, entity, options } as unknown as SyncDeclaration)

/** `pins(Location, [{ erp: "10", shop: env("SHOP_LOCATION") }])`. */
export const pins = <A, C>(entity: Entity<A, C>, rows: ReadonlyArray<Pin>): PinsDeclaration => ({ entity, rows })

/** Names of environment variables that `env` did not find, for `resolve` to report. */
const missing = new Set<string>()

/** What differs between test and live: an environment variable that must be set, or has a default. */
export const env = (name: string, otherwise?: string): string => {
  const text = process.env[name] ?? otherwise
  if (text === undefined || text === "") missing.add(name)
  else missing.delete(name)
  return text ?? ""
}

/** Variables asked for and not set so far; asking clears the list. */
export const missingVariables = (): ReadonlyArray<string> => {
  const names = [...missing]
  missing.clear()
  return names
}
