/** `esl sandbox`: the real program, asked over HTTP, stopped by a signal. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { esl, newFolder } from "./program.ts"

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

interface Data {
  readonly sandboxes: ReadonlyArray<{ readonly vendor: string; readonly urls: { readonly api: string };
    readonly env: { readonly [name: string]: string }; readonly faults: { readonly [fault: string]: string } }>
}

/** Runs until the data are there, does the work, and asks the program to stop. */
const during = async (line: ReadonlyArray<string>, work: (data: Data) => Promise<void>) => {
  const child = spawn(process.execPath, [main, "sandbox", ...line, "--json"], { cwd: newFolder() })
  const ended = new Promise<number | null>((done) => { child.on("close", done) })
  let err = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => { err += text })
  try {
    const data = await new Promise<Data>((done, failed) => {
      let out = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text
        if (out.endsWith("}\n")) done(JSON.parse(out))
      })
      child.on("close", () => { failed(new Error(`it ended: ${err}`)) })
    })
    await work(data)
  } finally {
    child.kill("SIGINT")
  }
  return { exit: await ended, err }
}

describe("esl sandbox", () => {
  it("starts all four with the same people, and a signal ends it well", async () => {
    const { err, exit } = await during([], async ({ sandboxes }) => {
      expect(sandboxes.map(({ vendor }) => vendor)).toEqual(["shopify", "salesforce", "hubspot", "square"])
      const url = (vendor: string): string => sandboxes.find((one) => one.vendor === vendor)?.urls.api ?? ""
      const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } })
      const till = await fetch(`${url("square")}/v2/customers`, bearer("EAAAsandbox"))
      const portal = await fetch(`${url("hubspot")}/crm/objects/2026-09/contacts?properties=lastname`, bearer("sandbox-token"))
      const shop = await fetch(`${url("shopify")}/admin/api/2026-07/graphql.json`, { method: "POST",
        headers: { "x-shopify-access-token": "sandbox-token", "content-type": "application/json" },
        body: JSON.stringify({ query: "{ customers(first: 10) { nodes { lastName } } }" }) })
      const grant = await fetch(`${url("salesforce")}/services/oauth2/token`, { method: "POST", body: new URLSearchParams({
        grant_type: "client_credentials", client_id: "3MVG9sandbox", client_secret: "sandbox-secret" }) })
      const { access_token: token } = await grant.json() as { readonly access_token: string }
      const org = await fetch(`${url("salesforce")}/services/data/v66.0/query?q=select+LastName+from+Contact`, bearer(token))
      for (const answer of [till, portal, shop, org]) expect(await answer.text()).toContain("Lovelace")
    })
    expect(exit).toBe(0)
    expect(err).toBe("Stopped; nothing is kept.\n")
  }, 60_000)

  it("switches faults on by flag and by the admin endpoint", async () => {
    const ask = async (url: string) =>
      (await fetch(`${url}/v2/customers`, { headers: { authorization: "Bearer EAAAsandbox" } })).status
    await during(["square", "--fault", "throttle:square:2"], async ({ sandboxes: [one] }) => {
      const url = one?.urls.api ?? ""
      expect([await ask(url), await ask(url), await ask(url)]).toEqual([429, 429, 200])
      await fetch(`${url}/__esl/faults`, { method: "POST", body: JSON.stringify({ fault: "unavailable" }) })
      expect([await ask(url), await ask(url)]).toEqual([503, 200])
      expect(one?.faults).toHaveProperty("cut-after")
    })
  }, 60_000)

  it("says which vendors and faults there are", () => {
    expect(esl(newFolder(), ["sandbox", "shopfy"]).err).toMatch(/no sandbox of shopfy.*shopify/)
    expect(esl(newFolder(), ["sandbox", "square", "--fault", "thunder"]).err).toMatch(/no fault "thunder".*cut-after/)
    expect(esl(newFolder(), ["sandbox", "square", "--fault", "slow:shopfy"])).toMatchObject({ exit: 64 })
  }, 60_000)
})
