/** A message that a system sent us, and what is left of it once it is proved genuine: hints. */
import type { Effect } from "effect"
import type { Seen } from "./connector.ts"
import type { ConnectorError } from "./errors.ts"

/** As it came over the wire. Header names are lower case; `body` is the raw bytes that were signed. */
export interface Delivery {
  readonly method: string
  /** The public URL it was sent to, as registered with the vendor. */
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export type Receipt =
  /** `key`: equal for a message that was sent twice. A hint is stored, acknowledged, and then read. */
  | {
    readonly _tag: "Genuine"
    readonly key: string
    readonly hints: ReadonlyArray<{ readonly resource: string; readonly seen: Seen }>
  }
  /** `status` is what to answer: 400 unreadable, 401 not signed by us, 403 another account, 408 too old, 413 too large. */
  | { readonly _tag: "Rejected"; readonly status: 400 | 401 | 403 | 408 | 413; readonly why: string }

export interface Receiver {
  readonly receive: (delivery: Delivery) => Effect.Effect<Receipt, ConnectorError>
}
