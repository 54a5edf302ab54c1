/** Where a case keeps tokens: in memory, and with a disk that can be full. */
import { Effect } from "effect"
import { ConnectorError, Unavailable } from "../../connector/errors.ts"
import type { Grant, Vault } from "../../connector/vault.ts"

export class CaseVault implements Vault {
  readonly grants = new Map<string, Grant>()
  saves = 0
  /** While true, nothing becomes durable. */
  full = false

  readonly load: Vault["load"] = (connection) => Effect.sync(() => this.grants.get(connection))

  readonly save: Vault["save"] = (connection, grant) => Effect.suspend(() => {
    if (this.full) {
      return new ConnectorError({ connection, operation: "save tokens",
        reason: new Unavailable({ message: "the disk is full" }) })
    }
    this.saves++
    this.grants.set(connection, grant)
    return Effect.void
  })

  readonly alone: Vault["alone"] = (_, work) => work
}
