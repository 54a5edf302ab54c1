/** A condition over canonical fields, as data that a plan can explain: `where("test", is(false)).and("placedAt", since("2027-01-01"))`. */
import type { Json, Path } from "./value.ts"

export type Condition =
  | { readonly is: "always" }
  | { readonly is: "never" }
  | { readonly is: "all"; readonly of: ReadonlyArray<Condition> }
  | { readonly is: "any"; readonly of: ReadonlyArray<Condition> }
  | { readonly is: "not"; readonly of: Condition }
  | { readonly is: "test"; readonly path: Path; readonly op: "equals" | "in" | "since" | "before" | "set"; readonly value: Json }
