/** Where golden values come from: one source per distinct origin, fields point at it by index. */
import type { Json, Path, Value } from "../model/value.ts"
import type { Golden, Source } from "./state.ts"
import type { Draft } from "./work.ts"

export const sourceOf = (golden: Draft | Golden, path: Path): Source | undefined => {
  const at = golden.from[path]
  return at === undefined ? undefined : golden.sources[at]
}

const sameSource = (a: Source, b: Source): boolean =>
  a.rule === b.rule && a.at === b.at && a.tier === b.tier && a.side === b.side && a.ext === b.ext &&
  a.seen === b.seen && a.run === b.run

/** Newest first: a record's fields are decided one after the other. */
const indexOf = (draft: Draft, source: Source): number => {
  for (let at = draft.sources.length - 1; at >= 0; at--) {
    const known = draft.sources[at]
    if (known !== undefined && sameSource(known, source)) return at
  }
  return draft.sources.push(source) - 1
}

export const setField = (draft: Draft, path: Path, value: Value | null, source: Source): void => {
  if (value === null) delete draft.values[path]
  else draft.values[path] = value
  draft.from[path] = indexOf(draft, source)
  draft.changed.add(path)
  draft.writes++
}

/** Sources that no field points to any more are dropped. */
export const collected = (draft: Draft): Pick<Golden, "from" | "sources"> => {
  if (draft.sources.length <= 1) return { from: draft.from, sources: draft.sources }
  const used = new Set(Object.values(draft.from))
  if (used.size === draft.sources.length) return { from: draft.from, sources: draft.sources }
  const moved = new Map<number, number>()
  const sources = draft.sources.filter((_, at) => used.has(at) && moved.set(at, moved.size))
  const from: { [path: Path]: number } = {}
  for (const [path, at] of Object.entries(draft.from)) from[path] = moved.get(at) ?? 0
  return { from, sources }
}

/** 32 bits of FNV-1a from a seed. */
const fnv = (text: string, seed: number): number => {
  let hash = seed
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Short and the same for the same text: names conflicts and values without randomness. */
export const digest = (text: string): string =>
  fnv(text, 0x811c9dc5).toString(16).padStart(8, "0") + fnv(text, 0x5bd1e995).toString(16).padStart(8, "0")

export const digestOf = (json: Json): string => digest(JSON.stringify(json))
