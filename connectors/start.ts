/** The public door `esl/sandbox`: starts vendors on this machine with some people and goods in them. */
import type { SquareSandbox } from "./square/sandbox/index.ts"

export interface StartOptions {
  /** Port of the first server; default any that is free. */
  readonly port?: number
  /** How long each call takes at least, milliseconds. */
  readonly latencyMs?: number
  /** Without people and goods. */
  readonly empty?: boolean
}

export interface Started {
  readonly vendor: string
  readonly sandbox: Omit<SquareSandbox, "seller" | "grants" | "token">
  /** Its servers by name. */
  readonly urls: { readonly [origin: string]: string }
  /** The secret that lets a connection in: name of the environment variable and value. Worth nothing elsewhere. */
  readonly secret: readonly [name: string, value: string]
  /** How a config connects to it. */
  readonly connect: string
}

type Start = (options: StartOptions) => Promise<Started>

/** A few who are in all four, written as people write. */
const people = [
  { first: "Ada", last: "Lovelace", email: "ada@example.com", phone: "+12025550101" },
  { first: "grace", last: "HOPPER", email: "Grace@Example.com", phone: "+12025550102" },
  { first: "Jürgen", last: "Müller", email: "juergen.mueller@example.org", phone: "+493023125001" },
  { first: "Zoë", last: "O'Brien", email: "zoe@example.org", phone: "+442079460001" }
] as const

const goods = [
  { sku: "MUG", name: "Mug", price: "9.50" }, { sku: "SHIRT-S", name: "Shirt S", price: "19.90" }
] as const

const shopify: Start = async ({ empty, ...options }) => {
  const { addCustomer, shopifySandbox, smallShop } = await import("./shopify/sandbox/index.ts")
  const sandbox = await shopifySandbox({ ...options, ...empty === true ? {} : { seed: (shop) => {
    smallShop(shop)
    for (const { first, last, ...more } of people) addCustomer(shop, { firstName: first, lastName: last, ...more })
  } } })
  const urls = { api: sandbox.url(), storage: sandbox.url("storage") }
  return { vendor: "shopify", sandbox, urls, secret: ["SHOPIFY_TOKEN", sandbox.token],
    connect: `shopify("shop", { store: "sandbox", url: "${urls.api}", storage: ["${urls.storage}"], ` +
      "token: secret(\"SHOPIFY_TOKEN\") })" }
}

const salesforce: Start = async ({ empty, ...options }) => {
  const { salesforceSandbox, sandboxApp } = await import("./salesforce/sandbox/index.ts")
  const org = await salesforceSandbox(options)
  if (empty !== true) {
    for (const { email, first, last, phone } of people) {
      org.insert("Contact", { FirstName: first, LastName: last, Email: email, Phone: phone })
    }
    for (const { name, sku } of goods) org.insert("Product2", { Name: name, ProductCode: sku, IsActive: true })
  }
  return { vendor: "salesforce", sandbox: org, urls: { api: org.url() },
    secret: ["SALESFORCE_SECRET", sandboxApp.clientSecret],
    connect: `salesforce("crm", { url: "${org.url()}", ` +
      `auth: { clientId: "${sandboxApp.clientId}", clientSecret: secret("SALESFORCE_SECRET") } })` }
}

const hubspot: Start = async ({ empty, ...options }) => {
  const { hubspotSandbox } = await import("./hubspot/sandbox/index.ts")
  const sandbox = await hubspotSandbox(options)
  if (empty !== true) sandbox.act((portal) => {
    for (const { email, first, last, phone } of people) {
      portal.create(portal.kind("contacts"), { firstname: first, lastname: last, email: email.toLowerCase(), phone }, true)
    }
    for (const { name, price, sku } of goods) portal.create(portal.kind("products"), { name, hs_sku: sku, price }, true)
  })
  return { vendor: "hubspot", sandbox, urls: { api: sandbox.url() }, secret: ["HUBSPOT_TOKEN", sandbox.app.token],
    connect: `hubspot("marketing", { url: "${sandbox.url()}", token: secret("HUBSPOT_TOKEN") })` }
}

const square: Start = async ({ empty, ...options }) => {
  const { createCustomer, squareSandbox, upsert } = await import("./square/sandbox/index.ts")
  const till = await squareSandbox({ ...options, events: true })
  if (empty !== true) {
    for (const { email, first, last, phone } of people) {
      createCustomer(till.seller, { given_name: first, family_name: last, email_address: email, phone_number: phone })
    }
    for (const { name, price, sku } of goods) upsert(till.seller, [{ type: "ITEM", id: `#${sku}`, item_data: { name,
      variations: [{ type: "ITEM_VARIATION", id: `#${sku}-1`, item_variation_data: { name: "Regular", sku,
        pricing_type: "FIXED_PRICING", price_money: { amount: Math.round(Number(price) * 100), currency: "EUR" } } }] } }])
  }
  return { vendor: "square", sandbox: till, urls: { api: till.url() }, secret: ["SQUARE_TOKEN", till.token],
    connect: `square("till", { url: "${till.url()}", token: secret("SQUARE_TOKEN") })` }
}

const starts: { readonly [vendor: string]: Start } = { shopify, salesforce, hubspot, square }

export const vendors: ReadonlyArray<string> = Object.keys(starts)

/** Servers that each vendor listens on: ports follow each other. */
export const serversOf = (vendor: string): number => vendor === "shopify" ? 2 : 1

/** What a throttle is called differs; these words mean the vendor's own. */
const words: { readonly [vendor: string]: { readonly [word: string]: string } } = {
  shopify: { throttle: "throttled" },
  salesforce: { throttle: "request-limit" },
  hubspot: { throttle: "throttled" },
  square: { throttle: "throttled" }
}

export const faultOf = (vendor: string, word: string): string => words[vendor]?.[word] ?? word

export const start = async (vendor: string, options: StartOptions = {}): Promise<Started> => {
  const one = starts[vendor]
  if (one === undefined) throw new Error(`there is no sandbox of ${vendor}: use ${vendors.join(", ")}`)
  return one(options)
}
