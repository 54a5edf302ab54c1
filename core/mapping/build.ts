/** The kit at work: drafts made of columns that the record's schema names. */
import { Schema } from "effect"
import type { FieldSpec } from "../model/entity.ts"
import type { Json, Value } from "../model/value.ts"
import { isCodec, schema as ofSchema } from "./codec.ts"
import type { Codec } from "./codec.ts"
import type { ColumnConstant, Draft } from "./draft.ts"
import { columnLens, constantLens, none, referenceLens, structLens } from "./lens.ts"
import type { Lens, Parts, Target } from "./lens.ts"
import type { Record_ } from "./mapping.ts"
import { flatLens, listLens, rowLens, wordsLens } from "./rows.ts"
import type { Child } from "./rows.ts"
import type { Column, Shape } from "./shape.ts"
import { placeholders, text } from "./text.ts"

export interface Options {
  /** Texts that mean "nothing" in every text column; `"usual"` takes the model's list. */
  readonly placeholders?: "usual" | ReadonlyArray<string>
}

type AnyDraft = Draft<unknown, never>
type AnyCodec = Codec<unknown, never, never, string>
type Names = string | ReadonlyArray<string>
type DraftParts = { readonly [name: string]: AnyDraft | string | undefined }
type MoreOptions = {
  readonly key?: Names
  readonly order?: string
  readonly where?: Record_
  readonly resource?: string
  readonly cleared?: "remove" | "blank"
}

/** Faults of a declaration, collected so that all of them are told at once. */
export class Faults {
  readonly all: Array<string> = []
  add(fault: string): void {
    if (!this.all.includes(fault)) this.all.push(fault)
  }
}

const asList = (names: Names | undefined): ReadonlyArray<string> =>
  names === undefined ? none : typeof names === "string" ? [names] : names

const draft = (make: (target: Target) => Lens, more: Pick<AnyDraft, "parts" | "row"> = {}): AnyDraft => ({
  draft: "field",
  make,
  ...more
})

const changed = (of: AnyDraft, change: (lens: Lens) => Lens): AnyDraft => ({
  ...of,
  make: (target) => change(of.make(target)),
  ...(of.parts === undefined ? {} : { parts: of.parts.map(([name, one]) => [name, changed(one, change)] as const) })
})

/** Where a draft that stands inside a structure goes: the structure is checked as a whole. */
const inside = (target: Target, name: string): Target => ({
  path: `${target.path}.${name}`,
  fits: () => true,
  shared: target.shared
})

/** Where an attribute of a list element goes: it is checked by its own type. */
const attribute = (target: Target, name: string): Target => {
  const spec = target.list?.elements[name]
  return {
    path: `${target.path}.${name}`,
    fits: spec?.type === undefined ? () => true : Schema.is(spec.type.schema),
    ...(spec?.type === undefined ? {} : { schema: spec.type.schema }),
    shared: false
  }
}

/** What a canonical path of an entity expects. */
export const targetOf = (spec: FieldSpec, shared: boolean): Target => ({
  path: spec.path,
  fits: Schema.is(spec.schema),
  schema: spec.schema,
  shared,
  ...(spec.list === undefined ? {} : { list: spec.list })
})

const attributes = (drafts: ReadonlyArray<readonly [string, AnyDraft]>, target: Target, faults: Faults): Parts => {
  const known = target.list?.elements ?? {}
  const parts = drafts.map(([name, one]): readonly [string, Lens] => {
    const lens = one.make(attribute(target, name))
    const references = known[name]?.references
    if (Object.keys(known).length > 0 && known[name] === undefined) {
      faults.add(`${target.path}: an element has no ${name}`)
    }
    checkReference(`${target.path}.${name}`, references, lens, faults)
    return [name, known[name]?.merge === "R" ? loosened(lens) : lens]
  })
  checkWrites(`${target.path}.`, parts, faults)
  return parts
}

/**
 * Who decided, and how, tells no two consents apart. A side where every decision counts as the person's own still has
 * to take an opt-out that somebody else wrote down.
 */
const loosened = (lens: Lens): Lens =>
  lens.constant === undefined ? lens : { ...lens, loose: true, refuses: () => undefined }

/** A cell that two fields write would hold what the last of them says. */
export const checkWrites = (path: string, parts: Parts, faults: Faults): void => {
  const owners = new Map<string, string>()
  for (const [name, lens] of parts) {
    for (const cell of lens.direction === "in" ? none : lens.writes) {
      const owner = owners.get(cell)
      if (owner !== undefined && owner !== name) {
        faults.add(`${path}${owner} and ${path}${name} both write ${cell}: declare one of them readOnly(...)`)
      } else owners.set(cell, name)
    }
  }
}

/** A reference is translated by the hub, so the entity and the mapping have to mean the same record. */
export const checkReference = (path: string, references: string | undefined, lens: Lens, faults: Faults): void => {
  const own = lens.references.filter((one) => one.attribute === undefined)
  if (references !== undefined && own.length === 0 && lens.constant === undefined)
    faults.add(`${path}: points to ${references}, so it needs reference(...)`)
  for (const one of own) {
    if (references === undefined) faults.add(`${path}: is no reference`)
    else if (one.entity !== references) faults.add(`${path}: points to ${references}, not to ${one.entity}`)
  }
}

/** The kit of one row; `of` names it in faults. */
export const rowKit = (shape: Shape, of: string, options: Options, faults: Faults) => {
  const column = (name: string): Column => {
    const found = shape.columns.get(name)
    if (found === undefined) faults.add(`${of} has no column ${name}`)
    return found ?? { name, kind: "mixed", empty: null, fits: () => true }
  }
  const textCodec: AnyCodec = options.placeholders === undefined ? text : placeholders(options.placeholders, text)
  const field = (name: string, codec: AnyCodec | Schema.Codec<Value, Json> = textCodec): AnyDraft => {
    const held = column(name)
    const through = !isCodec(codec)
      ? ofSchema(codec)
      : options.placeholders === undefined
        ? codec
        : placeholders(options.placeholders, codec)
    for (const other of through.columns) column(other)
    return draft((target) => columnLens(held, through, target))
  }
  const drafts = (parts: DraftParts): ReadonlyArray<readonly [string, AnyDraft]> =>
    Object.entries(parts).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, typeof one === "string" ? field(one) : one] as const]
    )
  return {
    field,
    drafts,
    column,
    group: (parts: DraftParts): AnyDraft => {
      const made = drafts(parts)
      return draft(
        (target) => {
          const parts = made.map(([name, one]) => [name, one.make(inside(target, name))] as const)
          checkWrites(`${target.path}.`, parts, faults)
          return structLens(parts, target)
        },
        { parts: made }
      )
    },
    reference: (names: Names, to: { readonly entity: string; readonly resource: string }): AnyDraft => {
      const columns = asList(names).map(column)
      return draft(() => referenceLens(columns, { entity: to.entity, resource: to.resource }))
    },
    constant: (...given: readonly [Value] | readonly [string, Json]): AnyDraft | ColumnConstant => {
      if (given.length === 1) return draft(() => constantLens(given[0]))
      return { draft: "constant", column: column(given[0]).name, constant: given[1] }
    },
    readOnly: (of: AnyDraft) => changed(of, (lens) => ({ ...lens, direction: "in" })),
    writeOnly: (of: AnyDraft) => changed(of, (lens) => ({ ...lens, direction: "out" })),
    lossy: (why: string, of: AnyDraft) => changed(of, (lens) => ({ ...lens, lossy: why })),
    emptyMeansUnknown: (of: AnyDraft) => changed(of, (lens) => ({ ...lens, nullMeans: "unknown" }))
  }
}

type AnyRowKit = ReturnType<typeof rowKit>
type RowBuild<P> = P | ((kit: AnyRowKit) => P)

/** The kit of a whole record. */
export const kitOf = (shape: Shape, options: Options, faults: Faults) => {
  const own = rowKit(shape, "the record", options, faults)
  const childOf = (name: string, where: Record_ = {}, key?: Names): readonly [Child, AnyRowKit] => {
    const rows = shape.children.get(name)
    if (rows === undefined) faults.add(`the record has no rows ${name}`)
    const kit = rowKit(rows ?? { columns: new Map(), children: new Map() }, name, options, faults)
    for (const constant of Object.keys(where)) kit.column(constant)
    for (const part of asList(key)) kit.column(part)
    return [{ name, where, key: asList(key) }, kit]
  }
  const partsOf = (kit: AnyRowKit, build: RowBuild<DraftParts>) =>
    kit.drafts(typeof build === "function" ? build(kit) : build)
  return {
    ...own,
    row: (
      name: string,
      where: Record_,
      build: DraftParts | ((kit: AnyRowKit) => AnyDraft),
      more: MoreOptions = {}
    ): AnyDraft => {
      const [child, kit] = childOf(name, where, more.key)
      const inner = typeof build === "function" ? build(kit) : kit.group(build)
      const whole = inner.parts !== undefined
      return draft(
        (target) =>
          rowLens(
            child,
            inner.make(target),
            more.cleared === undefined ? whole && !target.shared : more.cleared === "remove"
          ),
        {
          row: `${name} ${JSON.stringify(where)}`
        }
      )
    },
    list: (name: string, build: RowBuild<DraftParts>, more: MoreOptions = {}): AnyDraft => {
      const [rows, kit] = childOf(name, more.where, more.key)
      const child = more.order === undefined ? rows : { ...rows, order: kit.column(more.order).name }
      const made = partsOf(kit, build)
      const ids =
        child.key.length === 0
          ? ({ kind: "natural" } as const)
          : ({ kind: "ext", resource: more.resource ?? name } as const)
      return draft((target) => {
        if (more.order !== undefined && target.list?.ordered !== true)
          faults.add(`${target.path}: its order has no meaning`)
        return listLens(child, attributes(made, target, faults), target, ids)
      })
    },
    flat: (build: DraftParts | ReadonlyArray<DraftParts>, more: MoreOptions = {}): AnyDraft => {
      const made = (isSlots(build) ? build : [build]).map((parts) => own.drafts(parts))
      const key = asList(more.key)
      for (const name of key) own.column(name)
      const ids =
        key.length === 0 ? ({ kind: "natural" } as const) : ({ kind: "ext", resource: more.resource ?? "" } as const)
      return draft((target) =>
        flatLens(
          made.map((parts) => attributes(parts, target, faults)),
          target,
          { key, ids }
        )
      )
    },
    words: (name: string, column: string, more: MoreOptions = {}): AnyDraft => {
      const [child, kit] = childOf(name, more.where, more.key)
      const held = kit.column(column)
      return draft((target) => wordsLens(child, held.name, target))
    }
  }
}

const isSlots = (build: DraftParts | ReadonlyArray<DraftParts>): build is ReadonlyArray<DraftParts> =>
  Array.isArray(build)
