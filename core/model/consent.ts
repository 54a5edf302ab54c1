/** Consent by channel and purpose: only the person's own evidence opens it, everything else may only close it. */
import { Schema } from "effect"
import { field, listOf } from "./entity.ts"
import type { ElementOf } from "./entity.ts"
import { compareInstants, Instant } from "./instant.ts"
import { Text } from "./text.ts"
import { exact, oneOf } from "./type.ts"
import type { ValueType } from "./type.ts"

export const Channel = oneOf("email", "sms", "whatsapp", "phone", "post", "push", "ads", "in_store")
export const Purpose = oneOf("marketing", "analytics", "profiling", "sale_or_sharing", "preferences", "transactional", "loyalty")
export const ConsentState = oneOf(
  "unknown", "never_asked", "pending_double_opt_in", "granted", "denied", "withdrawn", "suppressed_bounce", "suppressed_complaint",
  "suppressed_legal", "erased"
)
/** Who decided. Only `subject`, the person, can open a consent. */
export const DecidedBy = oneOf("subject", "business_default", "import", "agent")
export const Basis = oneOf("consent", "contract", "legitimate_interest", "soft_opt_in", "legal_obligation")
export const OptInLevel = oneOf("single", "confirmed", "unknown")

export type ConsentState = (typeof ConsentState)["schema"]["Type"]

/** One entry of the history: a decision as a system showed it. */
export type Decided = {
  readonly state: ConsentState
  readonly decidedAt?: string
  readonly decidedBy?: (typeof DecidedBy)["schema"]["Type"]
  readonly source?: string
}

const Decisions: ValueType<ReadonlyArray<Decided>> = exact(
  "Rows of Decision",
  "Earlier decisions, `{ state, decidedAt, decidedBy, source }`.",
  Schema.Array(Schema.Struct({
    state: ConsentState.schema,
    decidedAt: Schema.optionalKey(Instant.schema),
    decidedBy: Schema.optionalKey(DecidedBy.schema),
    source: Schema.optionalKey(Text.schema)
  })).check(Schema.isMinLength(1))
)

const attributes = {
  channel: field(Channel, "I", "none", "How the person is reached."),
  purpose: field(Purpose, "I", "none", "What for."),
  state: field(ConsentState, "R", "personal", "Where it stands."),
  decidedAt: field(Instant, "R", "personal", "When it was decided, as the source says."),
  decidedBy: field(DecidedBy, "R", "personal", "Whose decision it was; without `subject` nothing is opened."),
  basis: field(Basis, "R", "personal", "Legal basis (GDPR Art. 6, ePrivacy)."),
  level: field(OptInLevel, "R", "personal", "Single or confirmed opt-in."),
  source: field(Text, "R", "personal", "Where it was given: a form, a till, a campaign."),
  history: field(Decisions, "A", "personal", "Earlier decisions; entries are added and never changed.")
} as const

export type Consent = ElementOf<typeof attributes>

export const consentKey = (consent: Pick<Consent, "channel" | "purpose">): string | undefined =>
  consent.channel === undefined || consent.purpose === undefined ? undefined : `${consent.channel}|${consent.purpose}`

export const Consents: ValueType<ReadonlyArray<Consent>> = listOf("Consent", attributes, { key: consentKey, ordered: false })

/** How much a state forbids: the higher, the stricter. */
const strictness: { readonly [state in ConsentState]: number } = {
  granted: 0,
  unknown: 1,
  never_asked: 2,
  pending_double_opt_in: 3,
  denied: 4,
  withdrawn: 5,
  suppressed_bounce: 6,
  suppressed_complaint: 7,
  suppressed_legal: 8,
  erased: 9
}

export const isOpen = (state: ConsentState): boolean => state === "granted"

/** Above zero: `a` forbids more than `b`. */
export const compareStrictness = (a: ConsentState, b: ConsentState): number => strictness[a] - strictness[b]

const hasEvidence = (decision: Decided): boolean => decision.decidedBy === "subject" && decision.decidedAt !== undefined

/**
 * The effective decision of a history, whatever its order (P11): the newest with the person's own evidence; decisions
 * without it, and ties, can only restrict. A grant without evidence counts as `unknown`.
 */
export const fold = (history: ReadonlyArray<Decided>): Decided | undefined => {
  let own: Decided | undefined
  for (const decision of history) {
    if (hasEvidence(decision) && (own === undefined || isNewer(decision, own))) own = decision
  }
  let effective = own
  for (const decision of history) {
    if (hasEvidence(decision)) continue
    if (own !== undefined && isOvertaken(decision, own)) continue
    const claim: Decided = isOpen(decision.state) ? { ...decision, state: "unknown" } : decision
    const takes = effective === undefined || (restricts(claim.state, effective.state) && isStricter(claim, effective))
    if (takes) effective = claim
  }
  return effective
}

/** Imported from before the person decided. Without a time it may be later, so it is not overtaken and restricts. */
const isOvertaken = (decision: Decided, own: Decided): boolean =>
  decision.decidedAt !== undefined && compareInstants(decision.decidedAt, own.decidedAt ?? "") < 0

/** Of two decisions of the person: the later one; at the same time the stricter. */
const isNewer = (a: Decided, b: Decided): boolean => {
  const order = compareInstants(a.decidedAt ?? "", b.decidedAt ?? "")
  return order > 0 || (order === 0 && isStricter(a, b))
}

/** A total order, so that no history depends on the order in which its entries arrived. */
const isStricter = (a: Decided, b: Decided): boolean => {
  const order = compareStrictness(a.state, b.state) || compareInstants(a.decidedAt ?? "", b.decidedAt ?? "")
  return order > 0 || (order === 0 && (a.source ?? "") > (b.source ?? ""))
}

/** Not having asked says nothing against an answer that the person has given. */
const restricts = (claim: ConsentState, given: ConsentState): boolean => isUndecided(given) || !isUndecided(claim)

const isUndecided = (state: ConsentState): boolean => state === "unknown" || state === "never_asked" || state === "pending_double_opt_in"
