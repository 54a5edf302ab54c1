/** One participant compiled into the policy of its side, with everything that is wrong about its options. */
import { Schema } from "effect"
import type { OnForeignEdit, Participant, ParticipantOptions } from "../connector/participant.ts"
import type { Field } from "../mapping/mapping.ts"
import type { Condition } from "../model/condition.ts"
import { Where } from "../model/condition.ts"
import type { FieldSpec } from "../model/entity.ts"
import type { Json, Path, Value } from "../model/value.ts"
import type { FieldPolicy, SidePolicy } from "../sync/policy.ts"
import type { Faults } from "./fault.ts"
import { didYouMean } from "./fault.ts"
import type { Draft } from "./resolve.ts"
import { isObject } from "./shape.ts"
import { initialOf, ruleOf } from "./survivorship.ts"

/** After an unknown create: lease, request time-out, delayed apply and index lag together (R9). */
const createWaitMs = 10 * 60 * 1_000

const onDeletes = ["unlink", "propagate", "archive", "recreate", "ignore", "review"]
const onForeignEdits: ReadonlyArray<string> = ["mirror-back", "tolerate", "hold"]
const nullMeanings = ["clear", "ignore", "clear-if-owner"]

interface Position {
  readonly at: string
  readonly side: string
  readonly priority: number
  readonly participant: Participant
}

export const sidePolicy = (draft: Draft, position: Position, faults: Faults): SidePolicy => {
  const { at, participant: { mapping, options, connection, promises }, priority, side } = position
  if (mapping.entity !== draft.entity.name) {
    faults.add(`${at}.mapping`, `this mapping is for ${mapping.entity}, but ${draft.name} syncs ${draft.entity.name}`)
  }
  for (const fault of mapping.faults ?? []) faults.add(`${at}.mapping`, fault)
  optionFaults(draft, position, faults)
  const readOnly = options.readOnly === true
  const fields = new Map<Path, FieldPolicy>()
  for (const [path, field] of mapping.fields) {
    const spec = draft.entity.field(path)
    if (spec === undefined) {
      if (mapping.entity === draft.entity.name) {
        faults.add(`${at}.mapping.${path}`, `${draft.entity.name} has no field "${path}"${didYouMean(path, draft.entity.fields.keys())}`)
      }
      continue
    }
    fields.set(path, fieldPolicy(draft, options, field, spec, readOnly))
  }
  return {
    side,
    connection: connection.name,
    priority,
    mapping,
    fields,
    readOnly,
    create: options.create === false ? { is: "never" } : conditionOf(options.create),
    only: conditionOf(options.only),
    keyless: options.keyless === true,
    onDelete: options.onDelete ?? "unlink",
    creates: promises.creates,
    guard: promises.guard,
    createWaitMs: promises.createWaitMs ?? createWaitMs
  }
}

const fieldPolicy = (
  draft: Draft,
  options: ParticipantOptions,
  field: Field,
  spec: FieldSpec,
  readOnly: boolean
): FieldPolicy => {
  const rule = ruleOf(draft, spec)
  const derived = spec.merge === "D"
  return {
    path: spec.path,
    cls: spec.merge,
    rule,
    inbound: !derived && field.direction !== "out" && (options.give?.includes(spec.path) ?? true),
    outbound: !derived && !readOnly && field.direction !== "in" && (options.take?.includes(spec.path) ?? true),
    nullInbound: options.nulls?.[spec.path] ?? (field.nullMeans === "unknown" ? "ignore" : "clear"),
    initial: initialOf(draft, rule),
    onForeignEdit: foreignEdit(options.onForeignEdit, spec.path),
    same: samenessOf(field, spec),
    norm: field.norm
  }
}

const foreignEdit = (option: ParticipantOptions["onForeignEdit"], path: Path): OnForeignEdit =>
  (typeof option === "string" ? option : option?.[path]) ?? "mirror-back"

/** Equal here: equal by the entity's sameness, by the side's own, or shown the same once written. */
const samenessOf = (field: Field, spec: FieldSpec): FieldPolicy["same"] => {
  const normed = (json: Json): Value | null => json === null ? null : field.norm(json)
  return (a, b) => {
    if (spec.same(a, b) || field.same?.(a, b) === true) return true
    const [left, right] = [normed(a), normed(b)]
    return left === null || right === null ? left === right : spec.same(left, right)
  }
}

const conditionOf = (option: boolean | Where | undefined): Condition =>
  option instanceof Where ? option.condition : { is: "always" }

const optionFaults = (draft: Draft, position: Position, faults: Faults): void => {
  const { at, participant: { mapping, options }, side } = position
  const oneOf = (name: string, option: unknown, allowed: ReadonlyArray<string>): void => {
    if (option !== undefined && !allowed.some((one) => one === option)) faults.add(`${at}.${name}`, `use one of ${allowed.join(", ")}`)
  }
  const paths = (name: string, list: unknown, refused: Field["direction"], verb: string): void => {
    if (list === undefined) return
    if (!Array.isArray(list)) {
      faults.add(`${at}.${name}`, `${name} is a list of canonical paths: ${name}: ["email"]`)
      return
    }
    list.forEach((path: unknown, index) => {
      const field = mapping.fields.get(String(path))
      if (field === undefined) {
        faults.add(`${at}.${name}[${index}]`,
          `the mapping of ${side} has no ${String(path)}${didYouMean(String(path), mapping.covers) || ": map it or leave it out"}`)
      } else if (field.direction === refused) {
        const only = refused === "in" ? "read" : "write"
        faults.add(`${at}.${name}[${index}]`, `${String(path)} cannot be ${verb} ${side}: the mapping is ${only}-only there`)
      }
    })
  }
  paths("take", options.take, "in", "written to")
  paths("give", options.give, "out", "read from")
  if (options.readOnly === true && options.take !== undefined) {
    faults.add(`${at}.take`, `${side} is readOnly: nothing can be written there, remove take or readOnly`)
  }
  oneOf("onDelete", options.onDelete, onDeletes)
  perPath(draft, `${at}.nulls`, options.nulls, nullMeanings, faults)
  if (typeof options.onForeignEdit === "string") oneOf("onForeignEdit", options.onForeignEdit, onForeignEdits)
  else perPath(draft, `${at}.onForeignEdit`, options.onForeignEdit, onForeignEdits, faults)
  if (options.create !== undefined && typeof options.create !== "boolean") whereFaults(draft, `${at}.create`, options.create, faults)
  if (options.only !== undefined) whereFaults(draft, `${at}.only`, options.only, faults)
}

type Allowed = ReadonlyArray<string>
const perPath = (draft: Draft, at: string, option: unknown, allowed: Allowed, faults: Faults): void => {
  if (option === undefined) return
  if (!isObject(option)) {
    faults.add(at, `write { path: "${allowed[0] ?? ""}" }`)
    return
  }
  for (const [path, choice] of Object.entries(option)) {
    if (draft.entity.field(path) === undefined) {
      faults.add(`${at}.${path}`, `${draft.entity.name} has no field "${path}"${didYouMean(path, draft.entity.fields.keys())}`)
    } else if (typeof choice !== "string" || !allowed.includes(choice)) {
      faults.add(`${at}.${path}`, `use one of ${allowed.join(", ")}`)
    }
  }
}

const whereFaults = (draft: Draft, at: string, option: unknown, faults: Faults): void => {
  if (option instanceof Where) conditionFaults(draft, at, option.condition, faults)
  else faults.add(at, "write a condition: where(\"status\", is(\"active\"))")
}

const conditionFaults = (draft: Draft, at: string, condition: Condition, faults: Faults): void => {
  if (condition.is === "all" || condition.is === "any") {
    for (const one of condition.of) conditionFaults(draft, at, one, faults)
  }
  if (condition.is === "not") conditionFaults(draft, at, condition.of, faults)
  if (condition.is !== "test") return
  const spec = draft.entity.field(condition.path)
  if (spec === undefined) {
    faults.add(at, `${draft.entity.name} has no field "${condition.path}"${didYouMean(condition.path, draft.entity.fields.keys())}`)
    return
  }
  const possible = Schema.is(spec.schema)
  const asked = condition.op === "equals" ? [condition.value]
    : condition.op === "in" && Array.isArray(condition.value) ? condition.value
    : []
  for (const one of asked) {
    if (!possible(one)) faults.add(at, `${condition.path} can never be ${JSON.stringify(one)}: ${spec.doc}`)
  }
}
