/** A process that authorizes once through a hub, and is killed right before or after its new tokens are stored. */
import { Effect, Redacted } from "effect"
import { refreshing } from "../../core/connector/auth/grants.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Vault } from "../../core/connector/vault.ts"
import { vaultOver } from "../../core/engine/vault.ts"
import { hubKey } from "../../core/hub/key.ts"
import { Ids } from "../../core/hub/ids.ts"
import { openStore } from "../../core/hub/sqlite.ts"

const [hub = "", url = "", when = ""] = process.argv.slice(2)

const die = Effect.andThen(Effect.sync(() => { process.kill(process.pid, "SIGKILL") }), Effect.never)
const mortal = (vault: Vault): Vault => ({
  ...vault,
  save: (connection, grant) => when === "before" ? die
    : Effect.andThen(vault.save(connection, grant), when === "after" ? die : Effect.void)
})

await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
  const store = yield* openStore(hub, yield* Ids)
  const vault = mortal(vaultOver({ hub: () => Effect.succeed(store), key: hubKey(hub, undefined) }))
  const endpoint = { url: `${url}/token`, clientId: "esl-client", clientSecret: secret("ISSUER_SECRET") }
  const authorization = yield* refreshing(endpoint).open({ connection: "crm", vault })
  const headers = yield* authorization.headers
  const said = yield* Effect.promise(() => fetch(`${url}/hello`, { headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Redacted.value(value)])) }))
  process.stdout.write(String(said.status))
})).pipe(Effect.provide(Ids.random)))
