/** A token that a person made and put into a secret: `shpat_...`, a private app's, a personal access token. */
import { Effect } from "effect"
import type { Secret } from "../secret.ts"
import { text } from "./oauth.ts"
import { credentials, same } from "./tokens.ts"
import type { Authorizing, HeaderOptions } from "./tokens.ts"

/** The secret is read again when it is refused: it may have been replaced while we run. */
export const staticToken = (secret: Secret, options: HeaderOptions = {}): Authorizing => ({
  secrets: [secret.name],
  open: ({ connection }) => Effect.gen(function*() {
    const read = Effect.map(text(connection, secret), (token) => credentials(token, options))
    let held = yield* read
    return {
      headers: Effect.sync(() => held),
      refused: (used) => Effect.map(read, (now) => {
        held = now
        return !same(used, now)
      })
    }
  })
})
