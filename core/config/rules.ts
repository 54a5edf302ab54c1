/** Survivorship rules as an integrator writes them. Which of them a field takes is fixed by its merge class. */
import type { Connection } from "../connector/connector.ts"
import type { MergeClass } from "../model/entity.ts"

export type Newest = { readonly rule: "newest" }
export type Hold = { readonly rule: "hold" }
export type Prefer = { readonly rule: "prefer"; readonly order: ReadonlyArray<string> }
export type Owner = { readonly rule: "owner"; readonly side: string } | { readonly rule: "origin" }
export type Union = { readonly rule: "union" }
export type Counter = { readonly rule: "counter" }
export type Ratchet = { readonly rule: "ratchet" }

/** What a register, a field with one value, may be decided by. */
export type RegisterRule = Newest | Hold | Prefer | Owner
export type FieldRule = RegisterRule | Union | Counter | Ratchet

/** The rules of each merge class: anything else is a compile error. */
export interface RulesOf {
  readonly O: RegisterRule
  readonly L: RegisterRule
  readonly S: Union
  readonly C: Counter
  readonly R: Ratchet
  readonly A: never
  readonly M: never
  readonly I: never
  readonly D: never
}

/** The same at run time, for configs that nobody compiled. */
export const rulesOf: { readonly [cls in MergeClass]: ReadonlyArray<FieldRule["rule"]> } = {
  O: ["newest", "owner", "origin", "prefer", "hold"],
  L: ["newest", "owner", "origin", "prefer", "hold"],
  S: ["union"],
  C: ["counter"],
  R: ["ratchet"],
  A: [],
  M: [],
  I: [],
  D: []
}

/** The latest edit wins, by the best evidence of when it was made. */
export const newest: Newest = { rule: "newest" }
/** A person decides; until then the field is left as it is on both sides, all others go on. */
export const hold: Hold = { rule: "hold" }
/** Elements that either side added are kept, elements that either side removed go. */
export const union: Union = { rule: "union" }
/** Both sides' movements are added up. */
export const counter: Counter = { rule: "counter" }
/** Only the person's own newest decision grants; everything else can only restrict. */
export const ratchet: Ratchet = { rule: "ratchet" }
/** Where records that are linked for the first time differ, the one that changed first wins. */
export const oldest = { rule: "oldest" } as const

/** The system a record was born in: `owner(origin)`. */
export const origin: unique symbol = Symbol("esl/origin")

/** This connection wins when both sides changed the field. */
export const owner = (side: Connection | typeof origin): Owner =>
  side === origin ? { rule: "origin" } : { rule: "owner", side: side.name }

/** The first of these connections that has a value wins. */
export const prefer = (...order: readonly [Connection, ...ReadonlyArray<Connection>]): Prefer => ({
  rule: "prefer",
  order: order.map((connection) => connection.name)
})

/** `owner(erp)`, `prefer(shop, crm)`: as a plan and a check print it. */
export const ruleText = (
  rule: { readonly rule: string; readonly side?: string; readonly order?: ReadonlyArray<string> }
): string =>
  rule.rule === "owner" ? `owner(${rule.side ?? ""})`
    : rule.rule === "origin" ? "owner(origin)"
    : rule.rule === "prefer" ? `prefer(${(rule.order ?? []).join(", ")})`
    : rule.rule
