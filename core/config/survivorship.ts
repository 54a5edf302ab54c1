/** Which rule decides each field of a sync, and what is wrong with the rules that a config names. */
import type { FieldPolicy, Rule } from "../sync/policy.ts"
import type { FieldSpec, MergeClass } from "../model/entity.ts"
import { didYouMean } from "./fault.ts"
import type { Faults } from "./fault.ts"
import type { Draft } from "./resolve.ts"
import { ruleText, rulesOf } from "./rules.ts"
import { isObject } from "./shape.ts"

/** Classes that leave nothing to choose. */
const fixed: { readonly [cls in MergeClass]: Rule } = {
  O: { rule: "newest" },
  L: { rule: "newest" },
  S: { rule: "union" },
  C: { rule: "counter" },
  R: { rule: "ratchet" },
  A: { rule: "append" },
  M: { rule: "forward" },
  I: { rule: "immutable" },
  D: { rule: "derived" }
}

const words: { readonly [cls in MergeClass]: string } = {
  O: "a register",
  L: "a register",
  S: "a set",
  C: "a counter",
  R: "a consent",
  A: "append-only",
  M: "a state machine",
  I: "immutable",
  D: "derived"
}

export const ruleOf = (draft: Draft, spec: FieldSpec): Rule => {
  const own: Rule | undefined = draft.declaration.options.fields?.[spec.path]
  if (own !== undefined) return own
  const general: Rule | undefined = draft.declaration.options.rule
  return general !== undefined && rulesOf[spec.merge].includes("newest") ? general : fixed[spec.merge]
}

/** What the field's own rule says about precedence holds at first sight too; then the sync's `first`; then a person. */
export const initialOf = (draft: Draft, rule: Rule): FieldPolicy["initial"] => {
  if (rule.rule === "owner") return { first: "prefer", order: [rule.side] }
  if (rule.rule === "prefer") return { first: "prefer", order: rule.order }
  const first = draft.declaration.options.first
  if (first === undefined) return { first: "hold" }
  return first.rule === "prefer" ? { first: "prefer", order: first.order } : { first: first.rule }
}

export const rulesFaults = (draft: Draft, faults: Faults): void => {
  const { at, declaration: { options } } = draft
  const connections = new Set(draft.sides.map(({ participant }) => participant.connection.name))
  const named = (where: string, rule: unknown): void => {
    for (const name of connectionsIn(rule)) {
      if (!connections.has(name)) {
        faults.add(where, `${ruleText(rule as Rule)} names "${name}", which takes no part in ${draft.name}` +
          (didYouMean(name, connections) || `: use ${[...connections].join(", ")}`))
      }
    }
  }
  if (options.rule !== undefined) {
    if (allows("L", options.rule)) named(`${at}.rule`, options.rule)
    else faults.add(`${at}.rule`, "the rule of a sync is one of newest, owner(...), prefer(...), hold")
  }
  if (options.first !== undefined) {
    const first: unknown = options.first
    if (isObject(first) && ["prefer", "newest", "oldest", "hold"].includes(String(first["rule"]))) named(`${at}.first`, first)
    else faults.add(`${at}.first`, "first is one of prefer(...), newest, oldest, hold")
  }
  for (const [path, rule] of Object.entries(options.fields ?? {})) fieldFault(draft, path, rule, faults, named)
}

const fieldFault = (
  draft: Draft,
  path: string,
  rule: unknown,
  faults: Faults,
  named: (where: string, rule: unknown) => void
): void => {
  const where = `${draft.at}.fields.${path}`
  const spec = draft.entity.field(path)
  if (spec === undefined) {
    faults.add(where, `${draft.entity.name} has no field "${path}"${didYouMean(path, draft.entity.fields.keys()) || ": see docs/model.md"}`)
    return
  }
  if (!allows(spec.merge, rule)) {
    const allowed = rulesOf[spec.merge]
    const given = isObject(rule) && typeof rule["rule"] === "string" ? rule["rule"] : "this"
    faults.add(where, `${path} is ${words[spec.merge]}: ${given} cannot decide it; ` +
      (allowed.length === 0 ? "leave it out of fields" : `use ${allowed.map((one) => one === "origin" ? "owner(origin)" : one).join(", ")}`))
    return
  }
  named(where, rule)
  if (!draft.sides.some(({ participant }) => participant.mapping.fields.has(path))) {
    faults.warn(where, `no participant of ${draft.name} maps ${path}: the rule does nothing`)
  }
}

const allows = (cls: MergeClass, rule: unknown): boolean =>
  isObject(rule) && rulesOf[cls].some((known) => known === rule["rule"])

const connectionsIn = (rule: unknown): ReadonlyArray<string> => {
  if (!isObject(rule)) return []
  if (rule["rule"] === "owner") return [String(rule["side"])]
  return rule["rule"] === "prefer" && Array.isArray(rule["order"]) ? rule["order"].map(String) : []
}
