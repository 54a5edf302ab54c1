/** Binds the hub to the account behind each connection: ids of one account mean nothing in another. */
import { Clock, Effect } from "effect"
import { HubStore } from "../hub/store.ts"
import type { StoreError } from "../hub/store.ts"
import type { ConnectorError } from "../connector/errors.ts"
import { OtherAccount, retrying } from "./failure.ts"
import type { Run } from "./run.ts"
import { Systems } from "./systems.ts"

/** Learns the account at first sight; fails if it is another one now. */
export const bindAccount = Effect.fnUntraced(function*(
  run: Run, connection: string
): Effect.fn.Return<void, ConnectorError | OtherAccount | StoreError, HubStore | Systems> {
  const store = yield* HubStore
  const systems = yield* Systems
  const session = yield* retrying(run, systems.session(connection))
  const account = yield* retrying(run, session.account)
  const known = yield* store.connection(connection)
  if (known?.account === account) return
  if (known?.account !== undefined) return yield* new OtherAccount({ connection })
  const checkedAt = yield* Clock.currentTimeMillis
  yield* store.saveConnection({ connection, account, checkedAt })
})
