/**
 * Class R: only newer evidence of the person may open a consent; everything else, and every tie, may only close it.
 * An element's standing is the fold of its history, so that no order of merging matters (P11).
 */
import { fold, isOpen } from "../model/consent.ts"
import type { ConsentState, Decided } from "../model/consent.ts"
import { compareInstants } from "../model/instant.ts"
import { isList, isRecord } from "../model/value.ts"
import type { Json, Value } from "../model/value.ts"
import { idOf, itemsOf } from "./lists.ts"

type Element = { readonly [attribute: string]: Json }

const undecided: ReadonlySet<string> = new Set(["unknown", "never_asked", "pending_double_opt_in"])

/** Nobody has said yes or no: such an element is never written over anything. */
export const isUndecided = (element: Json): boolean =>
  !isRecord(element) || typeof element["state"] !== "string" || undecided.has(element["state"])

export interface ConsentMerge {
  /** The whole golden value, not a projection: a side that shows a part of it must not cut the history. */
  readonly value: Value | null
  /** The side asked to open something without evidence, or closed something that was open. */
  readonly downgrade: boolean
}

/** `at` dates what carries no date of its own; grants dated after `until`, the start of the read, prove nothing. */
export const mergeConsent = (
  golden: Value | undefined, theirs: Value | null, at: string, until: string
): ConsentMerge => {
  const merged = new Map<string, Element>()
  for (const element of itemsOf(golden)) if (isRecord(element)) merged.set(idOf(undefined, element), element)
  let downgrade = false
  for (const element of itemsOf(theirs)) {
    if (!isRecord(element)) continue
    const id = idOf(undefined, element)
    const before = merged.get(id)
    const after = decided(before, element, at, until)
    if (after === undefined) continue
    const opens = element["state"] === "granted" || before?.["state"] === "granted"
    downgrade ||= opens && after["state"] !== "granted"
    merged.set(id, after)
  }
  return { value: merged.size === 0 ? null : [...merged.values()], downgrade }
}

const decided = (before: Element | undefined, theirs: Element, at: string, until: string): Element | undefined => {
  const known = before === undefined ? [] : historyOf(before, undefined)
  const shown = historyOf(theirs, at).filter((one) => !isOpen(one.state) || !isAfter(one.decidedAt, until))
  const history = inOrder([...known, ...shown.filter((one) => !known.some((other) => sameDecision(one, other)))])
  const standing = fold(history)
  if (standing === undefined) return before
  const current = sameDecision(standing, ownDecision(theirs, at)) || before === undefined ? theirs : before
  const { state: _state, decidedAt: _at, decidedBy: _by, source: _source, history: _history, ...rest } = {
    ...before, ...current
  }
  return { ...rest, ...plain(standing), history: history.map(plain) }
}

const isAfter = (at: string | undefined, until: string): boolean => at !== undefined && compareInstants(at, until) > 0

/** What an element says happened. Golden keeps every decision in its history; a side may show only the last. */
const historyOf = (element: Element, at: string | undefined): ReadonlyArray<Decided> => {
  const entries = isList(element["history"]) ? element["history"] : []
  const history = entries.flatMap((one) => isRecord(one) ? decisionOf(one) : [])
  const own = at === undefined && history.length > 0 ? undefined : ownDecision(element, at)
  return own === undefined ? history : [...history, own]
}

/** A decision without a date counts from the moment its record changed, else it could never be overtaken. */
const ownDecision = (element: Element, at: string | undefined): Decided | undefined => {
  const [own] = decisionOf(element)
  if (own === undefined || own.decidedAt !== undefined || at === undefined) return own
  // Without its own date even the person's word is not newer evidence.
  return { ...own, decidedAt: at, decidedBy: own.decidedBy === "subject" ? "agent" : own.decidedBy ?? "import" }
}

const decisionOf = (json: Element): ReadonlyArray<Decided> => {
  const { state, decidedAt, decidedBy, source } = json
  if (typeof state !== "string") return []
  return [{
    // The mapping has read these through the schema of the entity, which lists the words.
    state: state as ConsentState,
    ...(typeof decidedAt === "string" ? { decidedAt } : {}),
    ...(typeof decidedBy === "string" ? { decidedBy: decidedBy as NonNullable<Decided["decidedBy"]> } : {}),
    ...(typeof source === "string" ? { source } : {})
  }]
}

const plain = (one: Decided): Element => ({ ...one })

const text = (one: Decided): string => `${one.decidedAt ?? ""}|${one.state}|${one.decidedBy ?? ""}|${one.source ?? ""}`

const sameDecision = (a: Decided, b: Decided | undefined): boolean => b !== undefined && text(a) === text(b)

/** By time, then by text: the same set of decisions is the same list. */
const inOrder = (history: ReadonlyArray<Decided>): ReadonlyArray<Decided> =>
  [...history].sort((a, b) => compareInstants(a.decidedAt ?? "", b.decidedAt ?? "") || (text(a) < text(b) ? -1 : 1))
