/** A field of one side with all that is known of it, prepared once a policy: what the loops over records read. */
import type { Field } from "../mapping/mapping.ts"
import type { FieldSpec } from "../model/entity.ts"
import type { Path, Value } from "../model/value.ts"
import type { FieldPolicy, Policy, SidePolicy } from "./policy.ts"
import type { Side } from "./state.ts"

/** A reference of a field or of an attribute of its elements, as one side writes it. */
export interface Pointer {
  readonly entity: string
  readonly resource: string
  /** The parent's side on the same connection. */
  readonly side: Side
  readonly attribute: string | undefined
  /** The list of the entity whose element is meant. */
  readonly within: Path | undefined
  /** Beginning of a key of `Snapshot.references`. */
  readonly prefix: string
}

export interface Lens {
  readonly path: Path
  readonly policy: FieldPolicy
  readonly field: Field
  readonly spec: FieldSpec | undefined
  readonly pointers: ReadonlyArray<Pointer>
  /** Elements carry the side's own row keys. */
  readonly rows: boolean
  /** What the side shows has to be translated into references and elements of the hub, and back. */
  readonly translated: boolean
  readonly readable: boolean
  readonly writable: boolean
}

const prepared = new WeakMap<SidePolicy, ReadonlyMap<Path, Lens>>()

export const lensesOf = (policy: Policy, side: SidePolicy): ReadonlyMap<Path, Lens> => {
  const known = prepared.get(side)
  if (known !== undefined) return known
  const lenses = new Map<Path, Lens>()
  for (const [path, fieldPolicy] of side.fields) {
    const field = side.mapping.fields.get(path)
    if (field !== undefined) lenses.set(path, lensOf(policy, side, fieldPolicy, field))
  }
  prepared.set(side, lenses)
  return lenses
}

const lensOf = (policy: Policy, side: SidePolicy, own: FieldPolicy, field: Field): Lens => {
  const spec = policy.entity.field(own.path)
  const pointers = (field.references ?? []).map((reference): Pointer => {
    const parent = `${side.connection}.${reference.resource}`
    return {
      entity: reference.entity,
      resource: reference.resource,
      side: parent,
      attribute: reference.attribute,
      within: reference.attribute === undefined ? spec?.within : spec?.list?.elements[reference.attribute]?.within,
      prefix: `${reference.entity}|${parent}|`
    }
  })
  const rows = field.ids?.kind === "ext"
  // Class D is computed, never read and never written back.
  const derived = own.cls === "D"
  return {
    path: own.path,
    policy: own,
    field,
    spec,
    pointers,
    rows,
    translated: rows || pointers.length > 0,
    readable: field.direction !== "out" && !derived,
    writable: field.direction !== "in" && own.outbound && !side.readOnly && !derived
  }
}

/** The golden value as this side would show it. */
export const project = (lens: Lens, golden: Value | undefined): Value | null =>
  golden === undefined ? null : lens.field.view === undefined ? golden : lens.field.view.get(golden)

/** Lays what this side shows over the golden value. */
export const expand = (lens: Lens, part: Value | null, golden: Value | undefined): Value | null =>
  lens.field.view === undefined ? part : lens.field.view.put(part, golden)

/** The same value exactly, by the sameness of the field. */
export const equal = (policy: FieldPolicy, a: Value | null, b: Value | null): boolean =>
  a === b || (a !== null && b !== null && policy.same(a, b))

/** `a ~ b`: the same, or the same once the side has normalised both as it declares (SEMANTICS 1.3). */
export const alike = (policy: FieldPolicy, a: Value | null, b: Value | null): boolean =>
  equal(policy, a, b) || equal(policy, policy.norm(a), policy.norm(b)) // declared equivalence
