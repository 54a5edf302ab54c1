/** What `esl check` finds: faults end it with exit 1, warnings do not. */
import type { Fault } from "../core/index.ts"

export interface Found {
  readonly faults: Array<Fault>
  readonly warnings: Array<Fault>
}

export const warn = (found: Found, at: string, message: string): void => {
  found.warnings.push({ at, message })
}
