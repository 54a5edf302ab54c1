/** Communication preferences: statuses by e-mail address, subscription and legal basis; some opt-outs stay. */
import type { Json } from "../../../core/model/value.ts"
import type { Portal } from "./portal.ts"
import { invalid, missing } from "./refusal.ts"

export interface Definition {
  readonly id: string
  readonly name: string
}

export type Status = "SUBSCRIBED" | "UNSUBSCRIBED" | "NOT_SPECIFIED"

export interface Setting {
  readonly status: Status
  readonly at: number
  readonly source: string
  readonly legalBasis?: string
  readonly legalBasisExplanation?: string
}

export interface Wish {
  readonly subscriberIdString: string
  readonly subscriptionId: number
  readonly statusState: Status
  readonly legalBasis?: string
  readonly legalBasisExplanation?: string
}

const startOfTime = Date.parse("2020-01-01T00:00:00Z")

export class Preferences {
  readonly definitions: ReadonlyArray<Definition>
  private readonly settings = new Map<string, Setting>()
  /** Addresses that opted out of everything by themselves, or complained: no API undoes it. */
  private readonly locked = new Set<string>()
  private readonly portal: Portal
  /** With GDPR tools on, an opt-in needs a legal basis. */
  private readonly gdpr: boolean

  constructor(portal: Portal, definitions: ReadonlyArray<Definition>, gdpr: boolean) {
    this.portal = portal
    this.definitions = definitions
    this.gdpr = gdpr
  }

  definition(id: string): Definition {
    const found = this.definitions.find((one) => one.id === id)
    if (found === undefined) throw missing(`Subscription type ${id} does not exist`)
    return found
  }

  of(email: string, id: string): Setting {
    return this.settings.get(`${email.toLowerCase()}|${id}`) ?? { status: "NOT_SPECIFIED", at: startOfTime, source: "" }
  }

  isLocked(email: string): boolean {
    return this.locked.has(email.toLowerCase())
  }

  /** What the person does: on the preferences page, in a form. `forever`: out of everything, not to be undone. */
  decide(email: string, id: string, setting: Setting, forever = false): void {
    this.settings.set(`${email.toLowerCase()}|${id}`, setting)
    if (forever) this.locked.add(email.toLowerCase())
    const contact = this.portal.byUnique(this.portal.kind("contacts"), "email", email)
    if (contact === undefined) return
    const name = `hs_email_optout_${id}`
    const value = setting.status === "UNSUBSCRIBED" ? "true" : ""
    if ((contact.properties[name] ?? "") !== value) this.portal.update(contact, { [name]: value }, false, true)
  }

  /** Through the API; `resubscribes`: v4 and the date-based versions may take an opt-out back, v3 may not. */
  set(wish: Wish, now: number, resubscribes: boolean): Json {
    const { statusState, subscriberIdString: email } = wish
    const id = String(wish.subscriptionId)
    this.definition(id)
    if (!/^[^\s@]+@[^\s@]+$/.test(email)) throw invalid("subscriberIdString is not an email address")
    if (statusState === "SUBSCRIBED" && this.gdpr && wish.legalBasis === undefined) {
      throw invalid("legalBasis is required to subscribe a contact while data privacy settings are on")
    }
    const before = this.of(email, id)
    const leaves = before.status === "UNSUBSCRIBED" && statusState !== "UNSUBSCRIBED"
    if (leaves && (!resubscribes || this.isLocked(email))) {
      throw invalid("The contact has opted out and cannot be resubscribed through the API", [{
        message: "subscription status cannot be updated", code: "SUBSCRIPTION_STATUS_LOCKED"
      }])
    }
    if (before.status !== statusState || wish.legalBasis !== before.legalBasis) {
      this.decide(email, id, { status: statusState, at: now, source: "PUBLIC_API",
        ...wish.legalBasis === undefined ? {} : { legalBasis: wish.legalBasis },
        ...wish.legalBasisExplanation === undefined ? {} : { legalBasisExplanation: wish.legalBasisExplanation } })
    }
    return this.shown(email, id, before.status === statusState ? { setStatusSuccessReason: "NO_STATUS_CHANGE" }
      : leaves ? { setStatusSuccessReason: "RESUBSCRIBE_OCCURRED" } : {})
  }

  shown(email: string, id: string, more: { readonly [name: string]: Json } = {}): Json {
    const { at, legalBasis, legalBasisExplanation, source, status } = this.of(email, id)
    return {
      channel: "EMAIL", source, status, subscriberIdString: email, subscriptionId: Number(id),
      subscriptionName: this.definition(id).name, timestamp: new Date(at).toISOString(),
      ...legalBasis === undefined ? {} : { legalBasis },
      ...legalBasisExplanation === undefined ? {} : { legalBasisExplanation }, ...more
    }
  }

  all(email: string): ReadonlyArray<Json> {
    return this.definitions.map(({ id }) => this.shown(email, id))
  }

  /** As v3 says it: there is no third state. */
  shown3(email: string, id: string): Json {
    const { legalBasis, status } = this.of(email, id)
    const { name } = this.definition(id)
    return { id, name, description: "", sourceOfStatus: "SUBSCRIPTION_STATUS",
      status: status === "SUBSCRIBED" ? "SUBSCRIBED" : "NOT_SUBSCRIBED",
      ...legalBasis === undefined ? {} : { legalBasis } }
  }

  listed(): ReadonlyArray<Json> {
    const at = new Date(startOfTime).toISOString()
    return this.definitions.map(({ id, name }) => ({ id, name, description: "", purpose: "Marketing",
      communicationMethod: "Email", isActive: true, isDefault: true, isInternal: false, createdAt: at, updatedAt: at }))
  }
}
