/** A condition over canonical fields, as data that a plan can explain: `where("test", is(false)).and("placedAt", since("2027-01-01"))`. */
import type { Json, Path } from "./value.ts"

export type Condition =
  | { readonly is: "always" }
  | { readonly is: "never" }
  | { readonly is: "all"; readonly of: ReadonlyArray<Condition> }
  | { readonly is: "any"; readonly of: ReadonlyArray<Condition> }
  | { readonly is: "not"; readonly of: Condition }
  | { readonly is: "test"; readonly path: Path; readonly op: Test["op"]; readonly value: Json }

/** What one field is asked. */
export interface Test {
  readonly op: "equals" | "in" | "since" | "before" | "set"
  readonly value: Json
}

/** Has this value. */
export const is = (value: Json): Test => ({ op: "equals", value })
/** Has one of these values. */
export const isIn = (...values: ReadonlyArray<Json>): Test => ({ op: "in", value: values })
/** A date, an instant or a number from here on. */
export const since = (value: string | number): Test => ({ op: "since", value })
/** A date, an instant or a number below this. */
export const before = (value: string | number): Test => ({ op: "before", value })
/** Has any value. */
export const isSet: Test = { op: "set", value: true }

/** A condition being written; `P` is the paths it speaks of, so that a misspelt one does not compile. */
export class Where<out P extends Path = Path> {
  readonly condition: Condition
  /** Never set. */
  declare readonly paths?: P
  constructor(condition: Condition) {
    this.condition = condition
  }
  and<Q extends Path>(path: Q, test: Test): Where<P | Q>
  and<Q extends Path>(other: Where<Q>): Where<P | Q>
  and<Q extends Path>(next: Q | Where<Q>, test?: Test): Where<P | Q> {
    return new Where({ is: "all", of: [...parts("all", this.condition), ...parts("all", conditionOf(next, test))] })
  }
  or<Q extends Path>(path: Q, test: Test): Where<P | Q>
  or<Q extends Path>(other: Where<Q>): Where<P | Q>
  or<Q extends Path>(next: Q | Where<Q>, test?: Test): Where<P | Q> {
    return new Where({ is: "any", of: [...parts("any", this.condition), ...parts("any", conditionOf(next, test))] })
  }
  get not(): Where<P> {
    return new Where({ is: "not", of: this.condition })
  }
}

export const where = <P extends Path>(path: P, test: Test): Where<P> => new Where(conditionOf(path, test))

const conditionOf = (next: Path | Where, test: Test | undefined): Condition =>
  typeof next !== "string" ? next.condition : test === undefined ? { is: "never" } : { is: "test", path: next, ...test }

const parts = (kind: "all" | "any", condition: Condition): ReadonlyArray<Condition> =>
  condition.is === kind ? condition.of : [condition]

/** Every path a condition speaks of. */
export const pathsOf = (condition: Condition): ReadonlyArray<Path> =>
  condition.is === "test" ? [condition.path]
    : condition.is === "all" || condition.is === "any" ? condition.of.flatMap(pathsOf)
    : condition.is === "not" ? pathsOf(condition.of)
    : []
