/** Tokens over a real OAuth server on loopback: renewed by one at a time, and stored before they are used. */
import { generateKeyPairSync } from "node:crypto"
import { spawn } from "node:child_process"
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { invite } from "../../core/connector/auth/code.ts"
import { clientCredentials, jwtBearer, refreshing } from "../../core/connector/auth/grants.ts"
import { staticToken } from "../../core/connector/auth/token.ts"
import type { Authorizing } from "../../core/connector/auth/tokens.ts"
import type { Authorization } from "../../core/connector/authorization.ts"
import type { TokenEndpoint } from "../../core/connector/authorize.ts"
import { ConnectorError, Unavailable } from "../../core/connector/errors.ts"
import { secret } from "../../core/connector/secret.ts"
import type { Grant, Vault } from "../../core/connector/vault.ts"
import { adviceFor } from "../../core/engine/failure.ts"
import { vaultOver } from "../../core/engine/vault.ts"
import { hubKey, keyFile, keyOf } from "../../core/hub/key.ts"
import { seal, unseal } from "../../core/hub/seal.ts"
import { Ids } from "../../core/hub/ids.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import { client, mark, startIssuer } from "./issuer.ts"
import type { IssuerOptions, Running } from "./issuer.ts"

process.env["ISSUER_SECRET"] = client.secret

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "esl-auth-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const started = (options: IssuerOptions) => Effect.acquireRelease(
  Effect.promise(() => startIssuer(options)), ({ server }) => Effect.promise(() => server.stop()))
const endpoint = ({ server }: Running, more: Partial<TokenEndpoint> = {}): TokenEndpoint =>
  ({ url: `${server.url()}/token`, clientId: client.id, clientSecret: secret("ISSUER_SECRET"), ...more })
/** A vault over a hub file, through a handle of its own: as another process would open it. */
const vaultAt = (path: string) => Effect.gen(function*() {
  const store = yield* openStore(path, yield* Ids)
  return vaultOver({ hub: () => Effect.succeed(store), key: hubKey(path, undefined) })
}).pipe(Effect.provide(Ids.random))
const memoryVault = (first?: Grant): Vault & { readonly saved: Array<Grant> } => {
  const saved: Array<Grant> = first === undefined ? [] : [first]
  return { saved, load: () => Effect.sync(() => saved.at(-1)), alone: (_name, work) => work,
    save: (_name, grant) => Effect.sync(() => { saved.push(grant) }) }
}
const open = (way: Authorizing, vault?: Vault) => way.open({ connection: "crm", vault })

/** One request to the API behind the server; again once if it is refused. */
const hello = (
  running: Running, authorization: Authorization, again = true
): Effect.Effect<number, ConnectorError> =>
  Effect.gen(function*() {
    const used = yield* authorization.headers
    const { status } = yield* Effect.promise(() => fetch(`${running.server.url()}/hello`, { headers: Object.fromEntries(
      Object.entries(used).map(([name, value]) => [name, Redacted.value(value)])) }))
    return status === 401 && again && (yield* authorization.refused(used))
      ? yield* hello(running, authorization, false) : status
  })

const noRoom = new ConnectorError({ connection: "crm", operation: "tokens",
  reason: new Unavailable({ message: "the disk is full" }) })

const asked = ({ server }: Running): number => server.calls.get("token") ?? 0

describe("client credentials", () => {
  it.live("are asked for once for many requests, and not stored where nothing is kept", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ expiresIn: 3_600 })
      const authorization = yield* open(clientCredentials(endpoint(running)))
      const statuses = yield* Effect.all(Array.from({ length: 20 }, () => hello(running, authorization)),
        { concurrency: 20 })
      assert.deepEqual([...new Set(statuses)], [200])
      assert.strictEqual(asked(running), 1)
      assert.strictEqual(yield* authorization.origin ?? Effect.void, running.server.url())
    })))

  for (const [how, options, more] of [
    ["in a Basic header", {}, { proof: "header" }],
    ["as JSON, with an answer without token_type", { bare: true }, { body: "json" }],
    ["with a moment instead of seconds", { expiresAt: true }, {}]
  ] as const) {
    it.live(`are shown ${how}`, () => Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ expiresIn: 3_600, ...options })
      assert.strictEqual(yield* hello(running, yield* open(clientCredentials(endpoint(running, more)))), 200)
    })))
  }

  it.effect("are asked for anew shortly before the token ends, by the clock that tests move", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ expiresIn: 600, livesMs: 1e9 })
      const authorization = yield* open(clientCredentials(endpoint(running)))
      yield* hello(running, authorization)
      yield* TestClock.adjust("539 seconds")
      yield* hello(running, authorization)
      assert.strictEqual(asked(running), 1)
      yield* TestClock.adjust("2 seconds")
      yield* hello(running, authorization)
      assert.strictEqual(asked(running), 2)
    })))

  it.live("are asked for anew when the vendor says so, once for all who were refused", () =>
    Effect.scoped(Effect.gen(function*() {
      // No word of when the token ends, as Salesforce does it.
      const running = yield* started({ livesMs: 60_000 })
      const authorization = yield* open(clientCredentials(endpoint(running)))
      yield* hello(running, authorization)
      running.server.advance(61_000)
      const statuses = yield* Effect.all(Array.from({ length: 20 }, () => hello(running, authorization)),
        { concurrency: 20 })
      assert.deepEqual([...new Set(statuses)], [200])
      assert.strictEqual(asked(running), 2)
    })))

  it.live("are not asked for again and again when it is not the token that is refused", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ expiresIn: 3_600, livesMs: 0 })
      const authorization = yield* open(clientCredentials(endpoint(running)))
      for (let n = 0; n < 5; n++) assert.strictEqual(yield* hello(running, authorization), 401)
      assert.strictEqual(asked(running), 2)
    })))

  it.live("that are wrong are told without telling them", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({})
    process.env["WRONG_SECRET"] = "canary-wrong-secret"
    const authorization = yield* open(clientCredentials(endpoint(running, { clientSecret: secret("WRONG_SECRET") })))
    const error = yield* Effect.flip(authorization.headers)
    assert.strictEqual(error.message, "crm: tokens: the client id or its secret is refused (invalid_client)")
    assert.notMatch(JSON.stringify(error) + String(error.stack), /canary/)
  })))
})

describe("an assertion", () => {
  const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } })

  it.live("is signed so that an independent verifier takes it", () => Effect.scoped(Effect.gen(function*() {
    const { privateKey, publicKey } = pair()
    const running = yield* started({ publicKey })
    process.env["SIGNING_KEY"] = privateKey.replaceAll("\n", "\\n")
    const way = jwtBearer({ url: `${running.server.url()}/token`, clientId: client.id },
      { key: secret("SIGNING_KEY"), subject: "esl@example.com", audience: "https://login.example.com" })
    assert.deepEqual(way.secrets, ["SIGNING_KEY"])
    assert.strictEqual(yield* hello(running, yield* open(way)), 200)
    process.env["SIGNING_KEY"] = pair().privateKey
    const refused = yield* Effect.flip((yield* open(way)).headers)
    assert.match(refused.message, /signed assertion is refused \(invalid_grant\): certificate, user/)
    process.env["SIGNING_KEY"] = "canary-no-key"
    const broken = yield* Effect.flip((yield* open(way)).headers)
    assert.strictEqual(broken.message, "crm: tokens: the private key is not the PEM text of an RSA key")
  })))
})

describe("a refresh token that rotates", () => {
  it.live("is used by one at a time, also over two processes that share a hub", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true, expiresIn: 3_600 })
      const path = join(yield* folder, "hub.db")
      const [one, two] = [yield* vaultAt(path), yield* vaultAt(path)]
      yield* one.save("crm", { accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
      const way = refreshing(endpoint(running))
      const both = [yield* open(way, one), yield* open(way, two)]
      const statuses = yield* Effect.all(both.flatMap((authorization) =>
        Array.from({ length: 10 }, () => hello(running, authorization))), { concurrency: 20 })
      assert.deepEqual([...new Set(statuses)], [200])
      assert.lengthOf(running.issuer.shown, 1)
      // The server forgets the token early: both are refused at once, and one renews for both.
      running.server.advance(3_700_000)
      const later = yield* Effect.all(both.map((authorization) => hello(running, authorization)), { concurrency: 2 })
      assert.deepEqual(later, [200, 200])
      assert.lengthOf(running.issuer.shown, 2)
      assert.lengthOf(new Set(running.issuer.shown), 2)
    })))

  it.live("is stored before it is used, and nothing is sent when it cannot be", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true, expiresIn: 3_600 })
      const vault = memoryVault({ accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
      let disk = "full"
      const full: Vault = { ...vault, save: (name, grant) => disk === "full"
        ? Effect.fail(noRoom) : vault.save(name, grant) }
      const authorization = yield* open(refreshing(endpoint(running)), full)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(hello(running, authorization))))
      assert.deepEqual(running.issuer.used, [])
      disk = "has room"
      assert.strictEqual(yield* hello(running, authorization), 200)
      // What was received before is stored and used: no second renewal.
      assert.lengthOf(running.issuer.shown, 1)
      assert.strictEqual(vault.saved.at(-1)?.accessToken, running.issuer.used[0])
    })))

  it.live("survives an interruption between the answer and the store", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ rotates: true, expiresIn: 3_600 })
    const vault = memoryVault({ accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
    const slow: Vault = { ...vault, save: (name, grant) => Effect.andThen(Effect.sleep(200), vault.save(name, grant)) }
    const authorization = yield* open(refreshing(endpoint(running)), slow)
    const fiber = yield* Effect.forkChild(authorization.headers)
    while (running.issuer.shown.length === 0) yield* Effect.sleep(5)
    yield* Fiber.interrupt(fiber)
    assert.lengthOf(vault.saved, 2)
    assert.strictEqual(yield* hello(running, authorization), 200)
  })))

  /** Not `spawnSync`: the server that the child talks to lives in this process. */
  const childOf = (hub: string, running: Running, when: string) =>
    Effect.callback<{ readonly signal: string | null; readonly out: string }>((resume) => {
      const child = spawn(process.execPath,
        [fileURLToPath(new URL("renewer.ts", import.meta.url)), hub, running.server.url(), when],
        { stdio: ["ignore", "pipe", "inherit"] })
      let out = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => { out += text })
      child.on("close", (_code, signal) => { resume(Effect.succeed({ signal, out })) })
    })

  it.live("is lost by a kill right before the store: said in one sentence; nothing was sent with it", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true, expiresIn: 3_600 })
      const path = join(yield* folder, "hub.db")
      const vault = yield* vaultAt(path)
      yield* vault.save("crm", { accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
      const killed = yield* childOf(path, running, "before")
      assert.deepEqual([killed.signal, killed.out], ["SIGKILL", ""])
      assert.deepEqual(running.issuer.used, [])
      const error = yield* Effect.flip((yield* open(refreshing(endpoint(running)), vault)).headers)
      assert.strictEqual(error.message, "crm: tokens: its refresh token is not taken any more (invalid_grant)")
      assert.match(adviceFor(error), /^run esl auth crm; the other connections go on/)
    })), 30_000)

  it.live("is there after a kill right after the store", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ rotates: true, expiresIn: 3_600 })
    const path = join(yield* folder, "hub.db")
    const vault = yield* vaultAt(path)
    yield* vault.save("crm", { accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
    assert.strictEqual((yield* childOf(path, running, "after")).signal, "SIGKILL")
    assert.strictEqual((yield* childOf(path, running, "never")).out, "200")
    assert.lengthOf(running.issuer.shown, 1)
  })), 30_000)

  it.live("may have been renewed by another process that we did not wait for", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true, expiresIn: 3_600 })
      const first = running.issuer.grantFirst()
      const vault = memoryVault({ accessToken: "old", accessExpires: 0, refreshToken: first })
      // The first reading is late: meanwhile somebody stored a new token of another family.
      const second = running.issuer.grantFirst()
      let reads = 0
      const late: Vault = { ...vault, load: () => Effect.sync(() =>
        ({ accessToken: "old", accessExpires: 0, refreshToken: reads++ < 2 ? "revoked" : second })) }
      assert.strictEqual(yield* hello(running, yield* open(refreshing(endpoint(running)), late)), 200)
      assert.deepEqual(running.issuer.shown, ["revoked", second])
    })))

  it.live("is used by one of several processes that start together", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ rotates: true, expiresIn: 3_600 })
    const path = join(yield* folder, "hub.db")
    yield* (yield* vaultAt(path)).save("crm",
      { accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
    const children = yield* Effect.all(Array.from({ length: 4 }, () => childOf(path, running, "never")),
      { concurrency: 4 })
    assert.deepEqual(children.map(({ out }) => out), ["200", "200", "200", "200"])
    assert.lengthOf(running.issuer.shown, 1)
  })), 60_000)

  it.live("keeps what the answer does not repeat", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ expiresIn: 3_600, placeless: true })
    const first = running.issuer.grantFirst()
    const ends = { refreshToken: first, refreshExpires: 4e12, instance: "https://eu1.example.com" }
    const vault = memoryVault({ accessToken: "old", accessExpires: 0, ...ends })
    const authorization = yield* open(refreshing(endpoint(running)), vault)
    assert.strictEqual(yield* hello(running, authorization), 200)
    assert.deepInclude(vault.saved.at(-1), ends)
    assert.strictEqual(yield* authorization.origin ?? Effect.void, "https://eu1.example.com")
  })))

  it.live("is asked of a person when there is none, and refused without a hub", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true })
      const none = yield* Effect.flip((yield* open(refreshing(endpoint(running)), memoryVault())).headers)
      assert.strictEqual(none.message, "crm: tokens: nobody has let ESL in yet")
      assert.match(adviceFor(none), /esl auth crm/)
      const hubless = yield* Effect.flip(open(refreshing(endpoint(running))))
      assert.match(hubless.message, /there is no hub to keep them in/)
    })))

  it.live("starts from a secret, and from that one again when the stored one is dead", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true, expiresIn: 3_600 })
      process.env["FIRST_REFRESH"] = running.issuer.grantFirst()
      const vault = memoryVault({ accessToken: "old", accessExpires: 0, refreshToken: "dead" })
      const way = refreshing(endpoint(running), { first: secret("FIRST_REFRESH") })
      assert.strictEqual(yield* hello(running, yield* open(way, vault)), 200)
      assert.isDefined(vault.saved.at(-1)?.refreshExpires)
    })))
})

describe("a public client", () => {
  it.live("proves itself by PKCE alone, first and later", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ public: true, rotates: true, expiresIn: 3_600 })
    const place = { url: `${running.server.url()}/token`, clientId: client.id }
    const authorize = { url: `${running.server.url()}/authorize`, endpoint: place, scopes: ["A", "B"], separator: ",",
      pkce: true, loopback: true, parameters: { session: "false" } }
    const invited = yield* invite("till", authorize, "http://127.0.0.1:1/back")
    assert.deepInclude(Object.fromEntries(new URL(invited.url).searchParams), { scope: "A,B", session: "false" })
    const agreed = yield* Effect.promise(() => fetch(invited.url, { redirect: "manual" }))
    const grant = yield* invited.accept(new URL(agreed.headers.get("location") ?? ""))
    const vault = memoryVault({ ...grant, accessExpires: 0 })
    assert.strictEqual(yield* hello(running, yield* open(refreshing(place), vault)), 200)
    // Another invitation has another verifier: a code that was seen on its way is of no use with it.
    const thief = yield* invite("till", authorize, "http://127.0.0.1:1/back")
    const seen = new URL((yield* Effect.promise(() => fetch(invited.url, { redirect: "manual" })))
      .headers.get("location") ?? "")
    seen.searchParams.set("state", new URL(thief.url).searchParams.get("state") ?? "")
    assert.match((yield* Effect.flip(thief.accept(seen))).message, /the code is refused/)
  })))
})

describe("the token endpoint", () => {
  it.live("that does not answer, is busy or speaks something else is told apart from one that refuses", () =>
    Effect.scoped(Effect.gen(function*() {
      const running = yield* started({ rotates: true })
      const way = (more: Partial<TokenEndpoint>) => Effect.flatMap(
        open(clientCredentials(endpoint(running, more))), (one) => Effect.flip(one.headers))
      running.server.faults.add({ fault: "cut-before", contains: "/token" })
      const cut = yield* way({})
      assert.deepEqual([cut.reason._tag, cut.message], ["Unavailable", "crm: tokens: the token endpoint: connection cut"])
      const nobody = yield* way({ url: "http://127.0.0.1:1/token" })
      assert.match(nobody.message, /connection refused/)
      const elsewhere = yield* way({ url: `${running.server.url()}/hello` })
      assert.strictEqual(elsewhere.reason._tag, "Unauthorized")
    })))
})

describe("a static token", () => {
  it.effect("is read again when it is refused, and given up when it is the same", () =>
    Effect.scoped(Effect.gen(function*() {
    process.env["STATIC"] = "one"
    const authorization = yield* open(staticToken(secret("STATIC"), { header: "X-Shopify-Access-Token" }))
    const used = yield* authorization.headers
    assert.deepEqual(Object.keys(used), ["x-shopify-access-token"])
    assert.isFalse(yield* authorization.refused(used))
    process.env["STATIC"] = "two"
    assert.isTrue(yield* authorization.refused(used))
    assert.isFalse(yield* authorization.refused(yield* authorization.headers))
    assert.notMatch(String(Object.values(used)) + JSON.stringify(used), /one|two/)
  })))
})

describe("what lies on the disk", () => {
  it("opens for its own connection and with its own key only", () => {
    const key = keyOf(new Uint8Array(32).fill(7))
    const sealed = seal(key, "tokens of crm", "text")
    assert.deepEqual(unseal(key, "tokens of crm", sealed), { text: "text" })
    assert.deepEqual(unseal(key, "tokens of shop", sealed), { why: "damaged" })
    assert.deepEqual(unseal(keyOf(new Uint8Array(32).fill(8)), "tokens of crm", sealed), { why: "another key" })
    for (const wrong of ["", "v1", `v1.${key.id}.`, `v1.${key.id}.AAAA`, `${sealed.slice(0, -2)}AA`]) {
      assert.deepEqual(unseal(key, "tokens of crm", wrong), { why: "damaged" })
    }
    assert.notStrictEqual(seal(key, "tokens of crm", "text"), sealed)
  })

  it.live("that another key sealed stops only who cannot ask anew", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ rotates: true, expiresIn: 3_600 })
    const path = join(yield* folder, "hub.db")
    const vault = yield* vaultAt(path)
    yield* vault.save("crm", { accessToken: "old", accessExpires: 0, refreshToken: running.issuer.grantFirst() })
    rmSync(keyFile(path))
    const later = yield* vaultAt(path)
    const stopped = yield* Effect.flip((yield* open(refreshing(endpoint(running)), later)).headers)
    assert.match(stopped.message, /sealed with another key: give ESL_KEY or the key file/)
    process.env["FIRST_REFRESH"] = running.issuer.grantFirst()
    const first = yield* open(refreshing(endpoint(running), { first: secret("FIRST_REFRESH") }), later)
    assert.strictEqual(yield* hello(running, first), 200)
    assert.strictEqual(yield* hello(running, yield* open(clientCredentials(endpoint(running)), later)), 200)
  })))

  it.live("has a key beside it that only this user can read, made once however many make it", () =>
    Effect.scoped(Effect.gen(function*() {
      const hub = join(yield* folder, "hub.db")
      const keys = yield* Effect.all(Array.from({ length: 5 }, () => hubKey(hub, undefined)))
      assert.lengthOf(new Set(keys.map(({ id }) => id)), 1)
      assert.strictEqual(statSync(keyFile(hub)).mode & 0o777, 0o600)
      chmodSync(keyFile(hub), 0o644)
      assert.match((yield* Effect.flip(hubKey(hub, undefined))).message, /can be read by others: chmod 600/)
      const given = yield* hubKey(hub, Buffer.alloc(32, 1).toString("base64"))
      assert.strictEqual(given.id, (yield* hubKey(hub, "01".repeat(32))).id)
      const short = yield* Effect.flip(hubKey(hub, "canary-short"))
      assert.match(short.message, /^ESL_KEY is not 32 bytes/)
      assert.notMatch(short.message, /canary/)
    })))

  it.live("is sealed: no token in any file of the hub", () => Effect.scoped(Effect.gen(function*() {
    const running = yield* started({ rotates: true, expiresIn: 3_600 })
    const home = yield* folder
    const vault = yield* vaultAt(join(home, "hub.db"))
    yield* vault.save("crm", { accessToken: `${mark}-a`, accessExpires: 0, refreshToken: running.issuer.grantFirst() })
    yield* (yield* open(refreshing(endpoint(running)), vault)).headers
    const found = readdirSync(home).filter((name) => readFileSync(join(home, name)).includes(mark))
    assert.deepEqual(found, [])
    assert.match((yield* vault.load("crm"))?.refreshToken ?? "", new RegExp(`^${mark}-refresh-`))
  })))
})
