/** The roll-out against a system that asks a person first, by the real program, from `esl auth` to `esl sync`. */
import { createHmac } from "node:crypto"
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { client, mark } from "../connector/issuer.ts"
import { startOffice } from "./office.ts"
import type { Office } from "./office.ts"
import { database, esl, eslBeside, fixture, write } from "./program.ts"
import type { Ended } from "./program.ts"

const running: Array<Office> = []
afterEach(async () => { for (const office of running.splice(0)) await office.server?.stop() })

const started = async (options?: Parameters<typeof startOffice>[0]): Promise<Office> => {
  const office = await startOffice(options)
  running.push(office)
  return office
}

const freePort = (): Promise<number> => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => { done(typeof address === "object" && address !== null ? address.port : 0) })
  })
})

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** The fixture's two databases and the desk, which holds one person the ERP knows and one it does not. */
const rollOut = async (office: Office, desk = "{}"): Promise<string> => {
  office.people.set("1", { given: "Ada", mail: "ada@example.com", state: "active" })
  office.people.set("2", { given: "Eve", mail: "eve@example.com", state: "active" })
  const folder = fixture()
  write(folder, "mappings/desk.ts", `
import { Schema as S } from "effect"
import { email, mapping, table } from "esl/mapping"
import { Customer } from "esl/model"
const Person = S.Struct({ given: S.NullOr(S.String), mail: S.NullOr(S.String), state: S.NullOr(S.String) })
export const person = mapping(Person, Customer, ({ field }) => ({
  "name.given": field("given"), email: field("mail", email), status: field("state", table({ active: "active", inactive: "inactive", blocked: "blocked" }))
}))
`)
  write(folder, "mappings/stock.ts", "export { person } from \"./desk.ts\"\n")
  const config = readFileSync(join(folder, "esl.config.ts"), "utf8")
    .replace("const shop =", `import { desk } from "${here("desk.ts")}"
import { person } from "./mappings/desk.ts"
const crm = desk("crm", { url: ${JSON.stringify(office.url)}, ...${desk} })
const shop =`)
    .replace("between: [", "between: [crm.people.as(person), ")
  write(folder, "esl.config.ts", config)
  return folder
}

const env = { ISSUER_SECRET: client.secret }
const run = (folder: string, line: ReadonlyArray<string>) => eslBeside(folder, line, env)
const search = new RegExp(`${mark}|${client.secret}`)
const quiet = (ended: Ended): Ended => {
  expect(ended.out + ended.err).not.toMatch(search)
  return ended
}

/** What a person does: opens the page that is printed, agrees, and ends up at the redirect address. */
const visit = async (said: string): Promise<string> => {
  const page = /^\s+(http\S+\/authorize\S*)$/m.exec(said)?.[1] ?? ""
  const agreed = await fetch(page, { redirect: "manual" })
  return agreed.headers.get("location") ?? ""
}

/** Runs `esl auth` and agrees; what the listener said to the browser comes back too. */
const authorized = async (folder: string, line: ReadonlyArray<string> = [], before?: (at: string) => Promise<void>) => {
  let browser: Promise<string> | undefined
  const ended = await eslBeside(folder, ["auth", "crm", "--debug", ...line], env, (said) => {
    if (browser !== undefined || !said.includes("Waiting for")) return undefined
    browser = visit(said).then(async (at) => {
      await before?.(at)
      return (await fetch(at)).text()
    })
    return undefined
  })
  return { ended: quiet(ended), browser: await browser }
}

describe("esl auth", () => {
  it("lets a person in through the browser, and everything after it works", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    const before = quiet(await run(folder, ["check"]))
    expect(before.exit).toBe(1)
    expect(before.out).toContain("crm: nobody has let ESL in yet: run esl auth crm")

    const strangers: Array<number> = []
    const { browser, ended } = await authorized(folder, [], async (at) => {
      // Somebody else on this machine, or a page in the browser, tries first.
      for (const wrong of [`${redirect}?code=evil&state=guess`, at.replace("/callback", "/other"), redirect]) {
        strangers.push((await fetch(wrong)).status)
      }
    })
    expect(strangers).toEqual([404, 404, 404])
    expect(ended).toMatchObject({ exit: 0, out: "crm is authorized for desk-7. Its tokens are sealed in the hub.\n" })
    expect(browser).toContain("Thank you")

    const sync = quiet(await run(folder, ["sync", "--debug"]))
    expect(sync).toMatchObject({ exit: 0 })
    expect(office.people.size).toBe(5)
    const files = readdirSync(folder).filter((name) => name.startsWith("hub.db"))
    expect(files).toContain("hub.db.key")
    expect(files.filter((name) => search.test(readFileSync(join(folder, name), "latin1")))).toEqual([])
  })

  it("takes a pasted address, and refuses one of another request", async () => {
    const office = await started()
    const folder = await rollOut(office, JSON.stringify({ redirect: "https://esl.example.com/back", loopback: false }))
    const paste = (change: (address: string) => string) => {
      let asked = false
      return eslBeside(folder, ["auth", "crm"], env, (said) => {
        if (asked || !said.includes("Paste")) return undefined
        asked = true
        return change(said)
      })
    }
    const link = (said: string): URL => new URL(/^\s+(http\S+\/authorize\S*)$/m.exec(said)?.[1] ?? "")
    const none = quiet(await paste(() => "https://esl.example.com/back?code=x&state=other"))
    expect(none).toMatchObject({ exit: 1, err: expect.stringContaining("crm: tokens: this address answers another request") })
    const no = quiet(await paste((said) =>
      `https://esl.example.com/back?error=access_denied&state=${link(said).searchParams.get("state") ?? ""}`))
    expect(no.err).toContain("crm: tokens: nobody agreed (access_denied)")
    const stolen = quiet(await paste((said) =>
      `https://esl.example.com/back?code=${mark}-guess&state=${link(said).searchParams.get("state") ?? ""}`))
    expect(stolen.err).toContain("crm: tokens: the code is refused (invalid_grant)")
    const good = quiet(await paste((said) => {
      const page = link(said)
      expect(page.searchParams.get("scope")).toBe("people.read people.write")
      expect(page.searchParams.get("code_challenge_method")).toBe("S256")
      const code = `${mark}-code-by-hand`
      office.issuer.codes.set(code, { redirect: page.searchParams.get("redirect_uri") ?? "",
        challenge: page.searchParams.get("code_challenge") ?? undefined })
      return `https://esl.example.com/back?code=${code}&state=${page.searchParams.get("state") ?? ""}`
    }))
    expect(good).toMatchObject({ exit: 0 })
  })

  it("keeps nothing of another account's login, and says what needs no permission", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    expect((await authorized(folder)).ended.exit).toBe(0)
    office.account = "desk-8"
    const { ended } = await authorized(folder)
    expect(ended.exit).toBe(1)
    expect(ended.err).toContain("crm: this is another account than the one this hub was made for")
    office.account = "desk-7"
    expect(quiet(await run(folder, ["sync"])).exit).toBe(0)
    const erp = quiet(await run(folder, ["auth", "erp"]))
    expect(erp).toMatchObject({ exit: 1, err: "esl: erp needs nobody's permission: its address is all it takes. Look at esl check\n" })
    expect(await run(folder, ["auth", "crn"])).toMatchObject({ exit: 64, err: "esl: there is no connection \"crn\", did you mean \"crm\"?\n" })
  })
})

describe("a connection whose tokens are dead", () => {
  it("pauses alone: the others go on, exit and report say it and how to go on", async () => {
    const office = await started()
    const folder = await rollOut(office)
    const sync = quiet(await run(folder, ["sync", "--debug"]))
    expect(sync.exit).toBe(1)
    expect(sync.out).toContain("crm: tokens: nobody has let ESL in yet: run esl auth crm; the other connections go on meanwhile.")
    const shop = database(folder, "shop.db")
    expect(shop.prepare("select count(*) as n from buyers").get()).toEqual({ n: 4 })
    shop.close()
    const { json } = quiet(await run(folder, ["sync", "--json"]))
    expect(json).toMatchObject({ exit: 1, failures: [{ connection: "crm", remedy: "reauthorise" }] })
  })

  it("that die in the middle of a run lose nothing: what was due is written once ESL is let in again", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    // Somebody revokes the grant right after the people were read: the first write meets it.
    office.revokeAfter = "GET people"
    const cut = quiet(await run(folder, ["sync", "--debug"]))
    expect(cut.exit).toBe(1)
    expect(cut.out).toContain("crm: tokens: its refresh token is not taken any more (invalid_grant): run esl auth crm")
    expect(office.people.size).toBe(2)
    const shop = database(folder, "shop.db")
    // Ada, Bo, Cleo and Dan of before, and Eve of the desk, which was read.
    expect(shop.prepare("select count(*) as n from buyers").get()).toEqual({ n: 5 })
    shop.close()
    expect((await authorized(folder)).ended.exit).toBe(0)
    const again = quiet(await run(folder, ["sync"]))
    expect(again.exit).toBe(0)
    expect([...office.people.values()].map(({ mail }) => mail).sort()).toEqual(
      ["ada@example.com", "bo@example.com", "cleo@example.com", "dan@example.com", "eve@example.com"])
    expect(quiet(await run(folder, ["sync"])).out).toContain("0 writes")
  })

  it("is told apart from a client secret that is wrong", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    office.server?.advance(3_700_000)
    const wrong = await eslBeside(folder, ["sync"], { ISSUER_SECRET: "canary-wrong" })
    expect(wrong.exit).toBe(1)
    expect(wrong.out).toContain("crm: tokens: the client id or its secret is refused (invalid_client)")
    expect(wrong.out + wrong.err).not.toContain("canary")
    expect(quiet(await run(folder, ["sync"])).exit).toBe(0)
  })
})

describe("a dry run", () => {
  it("that renews keeps the new token in the real hub: the next run goes on with it", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    for (const line of [["plan"], ["backfill", "crm", "--dry-run"], ["check"], ["setup", "crm"], ["sync"]]) {
      office.server?.advance(3_700_000)
      const ended = quiet(await run(folder, [...line, "--debug"]))
      expect([line, ended.exit, ended.err.includes("esl auth")]).toEqual([line, 0, false])
    }
    // One refresh token a renewal, none shown twice.
    expect(office.issuer.shown).toHaveLength(5)
    expect(new Set(office.issuer.shown).size).toBe(5)
  })

  it("without a hub asks for nothing that could be lost, and a backup holds no token", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    expect((await run(folder, ["plan"])).exit).toBe(1)
    expect(existsSync(join(folder, "hub.db"))).toBe(false)
    await authorized(folder)
    expect(quiet(await run(folder, ["backup", "copy.db"])).exit).toBe(0)
    expect(readFileSync(join(folder, "copy.db"), "latin1")).not.toMatch(search)
    // The key is gone, the data is not: the connection says what to do.
    rmSync(join(folder, "hub.db.key"))
    const lost = quiet(await run(folder, ["sync"]))
    expect(lost.exit).toBe(1)
    expect(lost.out).toContain("sealed with another key: give ESL_KEY or the key file of this hub back")
  })
})

describe("esl check", () => {
  it("tells what the connection says of itself, and warns of what ends", async () => {
    const office = await started({ rotates: true, expiresIn: 3_600, refreshEndsIn: 5 * 86_400 })
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    // The first refresh token says nothing of its end; the one it is exchanged for does.
    office.server?.advance(3_700_000)
    const tokensEnd = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    office.endOfLife = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
    office.secretEnds = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const { exit, out } = quiet(await run(folder, ["check"]))
    expect(exit).toBe(0)
    for (const line of [
      "crm (desk): reachable, account desk-7",
      "erp (sql): reachable, account ",
      `  API version 2026-07, answered until ${office.endOfLife}`,
      "  calls today: 900 of 1000 left",
      "  points: 50 at most",
      "  a write may set off: a new person gets a welcome mail",
      "  note: an opt-out cannot be written",
      "  proved against a real account: never",
      `  crm: version 2026-07 of its API ends on ${office.endOfLife}: set a newer one before`,
      `  its refresh token is good until ${tokensEnd}`,
      `  crm: the refresh token ends on ${tokensEnd}: renew it before`,
      "  crm.people: writes guarded by reread, creates once",
      `  crm: the client secret ends on ${office.secretEnds.slice(0, 10)}: renew it before`,
      "  crm: the scope people.merge is missing: two records of one person stay two",
      "  crm: 2 things that ESL needs there are missing: esl setup crm",
      "  crm.people.mail: cannot be written: declare email with readOnly(...), or leave it out of take",
      "  crm.people.state: takes a closed list of values without \"inactive\" (inactive), \"blocked\" (blocked)",
      "  crm.people: writes there are guarded by a second reading only"
    ]) expect(out).toContain(line)
    office.endOfLife = "2020-01-01"
    const late = quiet(await run(folder, ["check", "--json"]))
    expect(late.exit).toBe(1)
    expect(late.json).toMatchObject({
      faults: [{ at: "crm", message: "version 2026-07 of its API ended on 2020-01-01: set a newer one" }],
      checked: [{ connection: "crm", reachable: true, account: "desk-7", setup: { present: 0, missing: 2 },
        health: { proved: "never" } }, { connection: "erp" }, { connection: "shop" }]
    })
  })
})

describe("esl setup", () => {
  it("shows, makes, and finds all of it present", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    const plan = quiet(await run(folder, ["setup", "crm"]))
    expect(plan).toMatchObject({ exit: 0 })
    expect(plan.out).toContain("absent    the unique field esl_id on people: records are recognised by it")
    expect(plan.out).toContain("2 things to make in crm: esl setup crm --apply")
    expect(office.made.size).toBe(0)
    expect(quiet(await run(folder, ["setup", "crm", "--apply"])).out).toContain("2 things made in crm.")
    expect([...office.made]).toEqual([0, 1])
    expect(quiet(await run(folder, ["setup", "crm", "--apply"])).out).toContain("All that ESL needs is present in crm.")
    const { json } = quiet(await run(folder, ["setup", "crm", "--json"]))
    expect(json).toMatchObject({ connection: "crm", steps: [{ state: "present" }, { state: "present" }] })
    expect(quiet(await run(folder, ["setup", "erp"])).out).toBe("ESL needs nothing made in erp.\n")
  })
})

describe("esl discover", () => {
  it("prints own fields as an extension of the stock mapping that compiles", async () => {
    const office = await started()
    const redirect = `http://127.0.0.1:${await freePort()}/callback`
    const folder = await rollOut(office, JSON.stringify({ redirect }))
    await authorized(folder)
    expect(quiet(await run(folder, ["discover", "crm"])).out).toMatch(/metafields\.crm\.vip +boolean .*own/)
    const { exit, out } = quiet(await run(folder, ["discover", "crm", "people"]))
    expect(exit).toBe(0)
    expect(out).toContain("\"custom.vip\": field(\"metafields.crm.vip\", boolean({ true: \"true\", false: \"false\" }))")
    expect(out).toContain("\"custom.shoeSize\": readOnly(field(\"Shoe_Size__c\", decimal()))")
    expect(out).toContain("\"custom.size\": field(\"shoe.size\")")
    expect(out).toContain("//   hobbies (list.text)")
    const compiled = join(folder, "compiled")
    esl(folder, ["init", "compiled"])
    write(compiled, "mappings/own.ts", out)
    write(compiled, "mappings/stock.ts", readFileSync(join(folder, "mappings/desk.ts"), "utf8"))
    const tsc = spawnSync(here("../../node_modules/.bin/tsc"), ["-p", compiled], { encoding: "utf8" })
    expect(tsc.stdout).toBe("")
  })
})

describe("esl webhook verify", () => {
  const body = "{\"desk\":\"desk-7\",\"event\":\"e1\",\"id\":42,\"mail\":\"canary.birdsong@example.org\"}"
  const recorded = (folder: string, time: number, text = body, ending = "\r\n"): string => {
    const signature = createHmac("sha256", client.secret).update(`${time}https://esl.example.com/hooks/crm?v=1`)
      .update(text).digest("hex")
    writeFileSync(join(folder, "delivery.http"), ["POST /hooks/crm?v=1 HTTP/1.1", "Host: esl.example.com",
      `X-Desk-Time: ${time}`, `X-Desk-Signature: ${signature}`, "", text].join(ending))
    return "delivery.http"
  }

  it("tells genuine from not, and never the body", async () => {
    const office = await started()
    const folder = await rollOut(office)
    const verify = async (file: string, ...more: ReadonlyArray<string>): Promise<Ended> => {
      const ended = quiet(await run(folder, ["webhook", "verify", "crm", file, "--debug", ...more]))
      expect(ended.out + ended.err).not.toMatch(/birdsong/)
      return ended
    }
    const now = Date.now()
    const good = await verify(recorded(folder, now))
    expect(good.exit).toBe(0)
    expect(good.out).toMatch(/^Genuine\.\nRESOURCE +RECORD +SAYS\npeople +42 +hint\n$/)
    expect((await verify(recorded(folder, now, body, "\n"), "--json")).json)
      .toEqual({ genuine: true, key: "e1", hints: [{ resource: "people", says: "hint", id: "42" }] })
    const old = await verify(recorded(folder, Date.UTC(2026, 0, 2)))
    expect(old.exit).toBe(1)
    expect(old.out).toContain("Rejected with 408")
    expect((await verify("delivery.http", "--at", "2026-01-02T00:04:00Z")).exit).toBe(0)
    const other = await verify(recorded(folder, now, body.replace("desk-7", "desk-8")))
    expect(other.out).toContain("Rejected with 403: it is about another account.")
    writeFileSync(join(folder, "changed.http"), readFileSync(join(folder, recorded(folder, now)), "latin1").replace("42", "43"))
    expect((await verify("changed.http", "--json")).json).toMatchObject({ genuine: false, status: 401 })
    expect(await verify("delivery.http", "--url", "https://else.example.com/")).toMatchObject({ exit: 1 })
  })

  it("says what is wrong with a file or a connection", async () => {
    const office = await started()
    const folder = await rollOut(office)
    writeFileSync(join(folder, "torn.http"), "POST /x HTTP/1.1\nHost: a.example.com\n{}")
    expect(await run(folder, ["webhook", "verify", "crm", "torn.http"])).toMatchObject({ exit: 64,
      err: "esl: torn.http: there is no empty line between headers and body\n" })
    expect((await run(folder, ["webhook", "verify", "crm", "none.http"])).err).toBe("esl: none.http: there is no such file or folder\n")
    expect((await run(folder, ["webhook", "verify", "erp", "torn.http"])).err).toContain("erp receives no webhooks")
    expect(await run(folder, ["webhook", "show", "crm", "torn.http"])).toMatchObject({ exit: 64 })
  })
})
