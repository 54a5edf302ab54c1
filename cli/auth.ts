/** `esl auth`: a person lets ESL into a system, once; the tokens that come of it are sealed in the hub. */
import { Effect } from "effect"
import { defaultRedirect, invite } from "../core/connector/auth/code.ts"
import type { Authorize } from "../core/connector/authorize.ts"
import type { Connection } from "../core/connector/connector.ts"
import type { Vault } from "../core/connector/vault.ts"
import { Systems, Tokens } from "../core/engine/index.ts"
import { HubStore } from "../core/hub/store.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import { connectionOf } from "./connection.ts"
import { exits, Stopped } from "./failure.ts"
import { hubOf } from "./hub.ts"
import type { Output } from "./output.ts"
import { caught, isLoopback, pasted } from "./redirect.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const { hub, project } = yield* load(args)
  const connection = yield* connectionOf(project, args.rest[0] ?? "")
  const { authorize, name, secrets } = connection
  if (authorize === undefined) {
    return yield* new Stopped({ message: `${name} needs nobody's permission: ` +
      `${secrets.length === 0 ? "its address" : secrets.join(", ")} is all it takes. Look at esl check` })
  }
  return yield* Effect.gen(function*() {
    const vault = yield* Tokens
    if (vault === undefined) return yield* new Stopped({ message: "there is no hub to keep the tokens in" })
    const before = yield* Effect.catch(vault.load(name), () => Effect.succeed(undefined))
    const grant = yield* Effect.scoped(granted(name, authorize, args, out))
    yield* vault.alone(name, vault.save(name, grant))
    return yield* welcomed(connection, out, before === undefined ? Effect.void : vault.save(name, before))
  }).pipe(
    Effect.provide(Systems.layer(new Map([[name, connection]]), { readOnly: true })),
    Effect.provide(hubOf(hub))
  )
})

const granted = Effect.fnUntraced(function*(name: string, authorize: Authorize, args: Arguments, out: Output) {
  const redirect = authorize.redirect ?? (authorize.loopback ? defaultRedirect : undefined)
  if (redirect === undefined) {
    return yield* new Stopped({ message: `${name} needs the redirect address that is registered with the vendor` })
  }
  const invited = yield* invite(name, authorize, redirect)
  const listens = authorize.loopback && isLoopback(redirect) && !args.flags.has("paste")
  const returned = listens ? yield* caught(redirect, invited.answers) : undefined
  out.say(`Open this page and let ESL in:\n\n  ${invited.url}\n`)
  out.say(returned !== undefined ? `Waiting for the browser to come back to ${redirect} ...`
    : `The browser ends up at ${redirect}?..., which need not load. Paste its whole address here:`)
  return yield* Effect.flatMap(returned ?? pasted(out.say), invited.accept)
})

/** The hub belongs to one account: what lets us into another one is not kept. */
const welcomed = Effect.fnUntraced(function*(
  { name }: Connection, out: Output, undo: ReturnType<Vault["save"]>
) {
  const store = yield* HubStore
  const systems = yield* Systems
  const session = yield* systems.session(name)
  const account = yield* session.account
  const known = yield* store.connection(name)
  if (known?.account !== undefined && known.account !== account) {
    yield* undo
    return yield* new Stopped({ message: `${name}: this is another account than the one this hub was made for: ` +
      "log in there with the right one and run esl auth again, or name a new hub in the config" })
  }
  yield* store.saveConnection({ connection: name, account })
  out.data({ connection: name, account, authorized: true })
  out.line(`${name} is authorized for ${account}. Its tokens are sealed in the hub.`)
  return exits.done
})
