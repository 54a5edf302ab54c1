/** Faults of a sandbox, switched on by name and used up call by call. */
import type { Call, Reply } from "../sandbox.ts"

export interface FaultRule {
  /** `slow`, `cut-before` (nothing happened), `cut-after` (it happened, nobody hears), or a name of the vendor's. */
  readonly fault: string
  /** Only calls of this method. */
  readonly method?: string
  /** Only calls whose path (and body, for one path with many operations) contains this text. */
  readonly contains?: string
  /** How many fitting calls to let pass first. Default 0. */
  readonly after?: number
  /** How many fitting calls it hits. Default 1. */
  readonly times?: number
  /** For `slow`. */
  readonly ms?: number
}

/** Those that the frame itself plays. */
const ofTheFrame: { readonly [fault: string]: string } = {
  slow: "the answer takes `ms` longer",
  "cut-before": "the connection ends before anything happened",
  "cut-after": "it happens, and the connection ends without an answer",
  "webhook-lost": "a webhook is never sent",
  "webhook-doubled": "a webhook is sent twice",
  "webhook-late": "a webhook arrives after the one that follows it"
}

export class Faults {
  private rules: Array<{ readonly rule: FaultRule; skipped: number; used: number }> = []
  private known: { readonly [fault: string]: string } = ofTheFrame

  names(answers: { readonly [fault: string]: unknown }, plays: { readonly [fault: string]: string }): void {
    this.known = { ...ofTheFrame, ...plays,
      ...Object.fromEntries(Object.keys(answers).map((name) => [name, "the vendor's answer of this name"])) }
  }

  get catalogue(): { readonly [fault: string]: string } {
    return this.known
  }

  get pending(): ReadonlyArray<FaultRule> {
    return this.rules.map(({ rule }) => rule)
  }

  /** Throws when this sandbox has no such fault: one that does nothing would prove nothing. */
  add(rule: FaultRule): void {
    if (!(rule.fault in this.known)) {
      throw new Error(`there is no fault "${rule.fault}": use ${Object.keys(this.known).join(", ")}`)
    }
    this.rules.push({ rule, skipped: 0, used: 0 })
  }

  clear(): void {
    this.rules = []
  }

  take(name: string, call?: Call): FaultRule | undefined {
    for (const entry of this.rules) {
      const { rule } = entry
      if (rule.fault !== name || !fits(rule, call)) continue
      if (entry.skipped < (rule.after ?? 0)) {
        entry.skipped++
        continue
      }
      entry.used++
      if (entry.used >= (rule.times ?? 1)) this.rules = this.rules.filter((one) => one !== entry)
      return rule
    }
    return undefined
  }

  answer(answers: { readonly [fault: string]: (call: Call) => Reply }, call: Call): Reply | undefined {
    for (const [name, reply] of Object.entries(answers)) if (this.take(name, call) !== undefined) return reply(call)
    return undefined
  }
}

const fits = (rule: FaultRule, call: Call | undefined): boolean => {
  if (call === undefined) return rule.method === undefined && rule.contains === undefined
  return (rule.method === undefined || rule.method === call.method) &&
    (rule.contains === undefined || call.path.includes(rule.contains) || call.text.includes(rule.contains))
}
