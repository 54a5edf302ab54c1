/** A Shopify on this machine: its schema over state of our own, with its limits, errors, webhooks and faults. */
import { parse } from "graphql"
import { sandbox } from "../../../core/connector/sandbox.ts"
import type { Call, Frame, Reply, Sandbox, SandboxOptions, Vendor } from "../../../core/connector/sandbox.ts"
import { catalogChanges } from "./catalog.ts"
import { Engine } from "./execute.ts"
import type { Limits } from "./execute.ts"
import { deliver } from "./hooks.ts"
import { peopleChanges } from "./people.ts"
import { salesChanges } from "./sales.ts"
import { setupChanges } from "./setup.ts"
import { Shop } from "./state.ts"
import type { ShopSettings } from "./state.ts"
import { stockChanges } from "./stock.ts"
import { Tokens } from "./token.ts"

export interface ShopifySandboxOptions extends Omit<SandboxOptions, "origins"> {
  readonly settings?: Partial<ShopSettings>
  readonly limits?: Partial<Limits>
  readonly client?: { readonly id: string; readonly secret: string }
  /** A token that never ends, as legacy custom apps have it. */
  readonly token?: string
  /** Refresh tokens that were handed out before. */
  readonly refreshTokens?: ReadonlyArray<string>
  /** Fills the shop before the first call. */
  readonly seed?: (shop: Shop) => void
}

export interface ShopifySandbox extends Sandbox {
  readonly shop: Shop
  readonly token: string
  readonly client: { readonly id: string; readonly secret: string }
  /** Handed-out tokens end; the fixed one stays. */
  readonly expireTokens: () => void
  /** What the app may do from now on. */
  readonly grant: (scopes: ReadonlyArray<string>) => void
}

export const allScopes: ReadonlyArray<string> = [
  "read_customers", "write_customers", "read_products", "write_products", "read_publications", "write_publications",
  "read_inventory", "write_inventory", "read_locations", "read_orders", "write_orders", "read_all_orders", "write_order_edits",
  "read_merchant_managed_fulfillment_orders", "write_merchant_managed_fulfillment_orders"
]

/** Versions that answer at the time of the schema; older ones fall forward to the oldest. */
export const versions: ReadonlyArray<string> = ["2025-10", "2026-01", "2026-04", "2026-07", "2026-10"]

const settingsOf = (options: ShopifySandboxOptions): ShopSettings => ({
  domain: "sandbox.myshopify.com", currency: "EUR", taxesIncluded: true, scopes: allScopes, searchLagMs: 0, protectedData: true,
  ...options.settings
})

export const shopifySandbox = async (options: ShopifySandboxOptions = {}): Promise<ShopifySandbox> => {
  const client = options.client ?? { id: "sandbox-client", secret: "sandbox-client-secret" }
  const token = options.token ?? "sandbox-token"
  let held: { readonly shop: Shop; readonly tokens: Tokens; readonly grant: (scopes: ReadonlyArray<string>) => void }
    | undefined
  const running = await sandbox((frame) => {
    const made = vendorOf(frame, options, client, token)
    held = made
    return made.vendor
  }, { ...options, origins: ["api", "storage"] })
  if (held === undefined) throw new Error("the sandbox did not start")
  const { grant, shop, tokens } = held
  return Object.assign(running, { shop, token, client, grant, expireTokens: () => { tokens.expire() } })
}

const vendorOf = (frame: Frame, options: ShopifySandboxOptions,
  client: { readonly id: string; readonly secret: string }, token: string) => {
  const settings = settingsOf(options)
  const shop = new Shop(settings, frame.now)
  let scopes: ReadonlySet<string> = new Set(settings.scopes)
  const tokens = new Tokens(client, frame.now, () => [...scopes].join(","), token, options.refreshTokens ?? [])
  const limits: Limits = { bucket: 2_000, restore: 100, query: 1_000, ...options.limits }
  const run = {
    execute: async (document: string, variables: { readonly [name: string]: unknown }) => {
      const { data, errors } = await engine.run(parse(document), variables)
      return { data, errors: errors.map((one) => one.message) }
    },
    ending: () => frame.fault("bulk-partial") !== undefined ? "partial" as const
      : frame.fault("bulk-failed") !== undefined ? "failed" as const : "COMPLETED" as const
  }
  const engine: Engine = new Engine(shop, frame, limits, { ...peopleChanges(shop), ...catalogChanges(shop),
    ...salesChanges(shop),
    ...stockChanges(shop), ...setupChanges(shop, () => frame.url("storage"), run) }, () => scopes)
  options.seed?.(shop)
  shop.hook = (hook) => { deliver(shop, frame, client.secret, "2026-07", hook) }
  const vendor: Vendor = {
    handle: (call) => call.origin === "storage" ? stored(shop, frame, call) : api(frame, engine, tokens, call),
    answers: {
      throttled429: () => ({ status: 429, headers: { "retry-after": "1.0" }, body: { errors: "Exceeded 2 calls per second for api client." } }),
      "internal-error": () => ({ status: 500, body: { errors: "Internal Server Error" } }),
      unavailable: () => ({ status: 503, body: "" }),
      locked: () => ({ status: 423, body: { errors: "This shop is locked" } }),
      frozen: () => ({ status: 402, body: { errors: "Payment Required: the shop is frozen" } }),
      forbidden: () => ({ status: 403, body: { errors: "Access denied" } })
    },
    plays: {
      throttled: "the bucket is empty: THROTTLED inside a good answer",
      "broken-step": "one mutation of a document breaks off with INTERNAL_SERVER_ERROR",
      "bulk-partial": "a bulk operation breaks off; half of its file is there",
      "bulk-failed": "a bulk operation fails without a file"
    }
  }
  return { vendor, shop, tokens, grant: (wanted: ReadonlyArray<string>) => { scopes = new Set(wanted) } }
}

const api = (frame: Frame, engine: Engine, tokens: Tokens, call: Call): Reply | Promise<Reply> => {
  if (call.path === "/admin/oauth/access_token" && call.method === "POST") return tokens.answer(call)
  const [, asked] = /^\/admin\/api\/(\d{4}-\d{2})\/graphql\.json$/.exec(call.path) ?? []
  if (asked === undefined || call.method !== "POST") {
    frame.violation(`${call.method} ${call.path} is no address of the Admin API`)
    return { status: 404, body: { errors: "Not Found" } }
  }
  if (!tokens.valid(call.headers["x-shopify-access-token"])) {
    return { status: 401, label: "unauthorized",
      body: { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" } }
  }
  const used = versions.includes(asked) ? asked : versions[0] ?? asked
  return engine.answer(call, { "x-shopify-api-version": used, "x-request-id": `sandbox-${frame.now()}` })
}

/** Another origin: our token has no business here. */
const stored = (shop: Shop, frame: Frame, call: Call): Reply => {
  if (call.headers["x-shopify-access-token"] !== undefined || call.headers["authorization"] !== undefined) {
    frame.violation("a token was sent to the storage origin")
  }
  const [, number] = /^\/bulk\/(\d+)\.jsonl$/.exec(call.path) ?? []
  const bulk = shop.bulks.get(`gid://shopify/BulkOperation/${number}`)
  if (call.method === "GET" && bulk !== undefined) {
    return { status: 200, headers: { "content-type": "application/jsonl" }, label: "GET bulk result",
      body: bulk.lines.map((line) => `${line}\n`).join("") }
  }
  if (call.method === "POST" && call.path === "/staged") {
    const [, key] = /name="key"\r\n\r\n([^\r]+)/.exec(call.text) ?? []
    const [, file] = /filename="[^"]*"[^]*?\r\n\r\n([^]*?)\r\n--/.exec(call.text) ?? []
    if (key === undefined || file === undefined) return { status: 400, body: "" }
    shop.staged.set(key, file)
    return { status: 201, label: "POST staged", body: "" }
  }
  return { status: 404, body: "" }
}

export { addCustomer, addLocation, addProduct, addPublication, smallShop, stock } from "./seed.ts"
export { merged as mergeCustomers, newCustomer, removed as removeCustomer, saved as saveCustomer } from "./people.ts"
export { removed as removeProduct, saved as saveProduct } from "./catalog.ts"
export { placeOrder, removed as removeOrder } from "./sales.ts"
export type { Sale } from "./sales.ts"
export { activate, setQuantity } from "./stock.ts"
export type { Customer, Location, Order, Product, Shop } from "./state.ts"
