/** How much a portal takes: calls in ten seconds, searches in one, calls a day. */
import type { Trouble } from "./refusal.ts"
import { daily, secondly, tenSecondly } from "./refusal.ts"

export interface Rates {
  /** Calls in any ten seconds. Default 190, a Professional portal. */
  readonly tenSeconds: number
  /** Searches in any second, for the whole portal. Default 5. */
  readonly searches: number
  /** Calls between midnights. Default 650,000. */
  readonly day: number
}

const dayMs = 86_400_000

export class Limits {
  private readonly rates: Rates | undefined
  private readonly now: () => number
  private calls: Array<number> = []
  private searches: Array<number> = []
  private day = 0
  /** Calls that were refused. */
  refused = 0
  private today = 0

  constructor(rates: Rates | undefined, now: () => number) {
    this.rates = rates
    this.now = now
  }

  get usage(): { readonly used: number; readonly max: number } {
    return { used: this.today, max: this.rates?.day ?? 1_000_000 }
  }

  /** Counts the call; what to answer if it is one too many. */
  take(search: boolean): Trouble | undefined {
    const trouble = this.judged(search)
    if (trouble !== undefined) this.refused++
    return trouble
  }

  private judged(search: boolean): Trouble | undefined {
    const { rates } = this
    const now = this.now()
    if (Math.floor(now / dayMs) !== this.day) {
      this.day = Math.floor(now / dayMs)
      this.today = 0
    }
    this.today++
    if (rates === undefined) return undefined
    if (this.today > rates.day) return daily(this.headers(false))
    if (search) {
      this.searches = this.searches.filter((at) => at > now - 1_000)
      if (this.searches.length >= rates.searches) return secondly()
      this.searches.push(now)
      return undefined
    }
    this.calls = this.calls.filter((at) => at > now - 10_000)
    if (this.calls.length >= rates.tenSeconds) return tenSecondly(this.headers(false))
    this.calls.push(now)
    return undefined
  }

  /** Search answers carry none: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
  headers(search: boolean): { [name: string]: string } {
    const { rates } = this
    if (search || rates === undefined) return {}
    return {
      "x-hubspot-ratelimit-max": String(rates.tenSeconds),
      "x-hubspot-ratelimit-remaining": String(Math.max(0, rates.tenSeconds - this.calls.length)),
      "x-hubspot-ratelimit-interval-milliseconds": "10000",
      "x-hubspot-ratelimit-daily": String(rates.day),
      "x-hubspot-ratelimit-daily-remaining": String(Math.max(0, rates.day - this.today))
    }
  }
}
