/**
 * Starts the four vendors on this machine and fills them, each in its own way: names, spellings and habits differ,
 * people and articles are the same. The ERP is made beside them. What they answer is what the vendors' APIs answer.
 */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { hubspot, salesforce, shopify, square } from "esl/sandboxes"
import { makeErp } from "./erp.ts"
import { articles, at, atTill, daysAgo, inCrm, inMarketing, inShop, pad, people } from "./people.ts"
import type { Article, Person } from "./people.ts"

export interface Systems {
  readonly shop: shopify.ShopifySandbox
  readonly crm: salesforce.SalesforceSandbox
  readonly marketing: hubspot.HubspotSandbox
  readonly till: square.SquareSandbox
}

/** The one subscription type of the marketing portal. */
export const newsletter = "1001"

/** Makes all five, and tells the config where they are as a roll-out does: by environment variables. */
export const start = async (folder: string): Promise<Systems> => {
  makeErp(folder)
  const [shop, crm, marketing, till] = await Promise.all([
    // A Plus shop: its bucket of points is ten times a small one's.
    shopify.shopifySandbox({ limits: { bucket: 20_000, restore: 1_000 } }), salesforce.salesforceSandbox(),
    hubspot.hubspotSandbox({ rates: { searches: 50, tenSeconds: 1_000 } }),
    square.squareSandbox()
  ])
  const places = fillShop(shop)
  const guests = fillCrm(crm)
  fillMarketing(marketing)
  fillTill(till)
  const environment = {
    GO_LIVE: daysAgo(7),
    SHOP_URL: shop.url(), SHOP_TOKEN: shop.token, SHOP_STORAGE: shop.url("storage"),
    SHOP_WAREHOUSE: places.warehouse, SHOP_STORE: places.store,
    CRM_URL: crm.url(), CRM_TOKEN: crm.issue(), CRM_GUESTS: guests,
    MARKETING_URL: marketing.url(), MARKETING_TOKEN: marketing.app.token,
    TILL_URL: till.url(), TILL_TOKEN: till.token, TILL_STORE: store, TILL_OUTLET: outlet
  }
  Object.assign(process.env, environment)
  const exported = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`).join("")
  writeFileSync(join(folder, "environment.sh"), exported, { mode: 0o600 })
  return { shop, crm, marketing, till }
}

const international = ({ phone }: Person): string => `+49 ${phone.slice(0, 2)} ${phone.slice(2)}`

const euros = (cents: number): string => (cents / 100).toFixed(2)

/** Shopify: most people, most articles with their stock, and the web orders of the last months. */
const fillShop = ({ shop }: shopify.ShopifySandbox): { readonly warehouse: string; readonly store: string } => {
  const warehouse = shopify.addLocation(shop, "Warehouse", { city: "Lübeck", countryCode: "DE" })
  const corner = shopify.addLocation(shop, "Store Mitte", { city: "Berlin", countryCode: "DE" }, false)
  const customers = people.filter(inShop).map((person) => {
    const { email, first, last, n } = person
    const said = n % 11 === 0 ? "SUBSCRIBED" : n % 17 === 0 ? "UNSUBSCRIBED" : "NOT_SUBSCRIBED"
    return shopify.addCustomer(shop, {
      firstName: n % 14 === 0 ? first.toUpperCase() : first, lastName: last, email, locale: n % 9 === 0 ? "en" : "de",
      tags: n % 6 === 1 ? ["newsletter", "vip"] : [], phone: n < 40 ? `+4917139200${pad(n, 2)}` : null,
      emailConsent: { state: said, level: said === "SUBSCRIBED" ? "SINGLE_OPT_IN" : null,
        at: said === "NOT_SUBSCRIBED" ? null : daysAgo(60 + n) }
    }, daysAgo(300 - n))
  })
  const sold = articles.filter(({ n }) => n % 4 !== 3).map((article) => {
    const product = shopify.addProduct(shop, article.n % 5 === 0 ? `${article.title} (neu)` : article.title, [{
      price: euros(article.gross + (article.n % 9 === 8 ? 100 : 0)), barcode: article.ean,
      inventoryItem: { sku: article.n % 15 === 0 ? article.number.toLowerCase() : article.number }
    }], { vendor: article.brand, descriptionHtml: `<p>${article.title}, für jeden Tag.</p>` })
    shopify.stock(shop, product, warehouse, 20 + (article.n * 5) % 60)
    shopify.stock(shop, product, corner, 3)
    return { article, variant: product.variants[0] ?? "" }
  })
  for (let n = 0; n < 60; n++) {
    const { variant } = at(sold, n * 7)
    const buyer = at(customers, n * 11)
    // Every fifth buys as a guest: an address to send to, and no account.
    shopify.placeOrder(shop, { at: daysAgo(n < 45 ? 100 - n : 3), ...n % 5 === 0 ? { email: `guest${n}@example.com` }
      : { customer: buyer.id }, shipping: "4.90", lines: [{ variant, quantity: 1 + n % 3 }] })
  }
  return { warehouse: warehouse.id, store: corner.id }
}

/** Salesforce: a contact below an account of its own each, and one account for whoever buys without a name. */
const fillCrm = (crm: salesforce.SalesforceSandbox): string => {
  for (const person of people.filter(inCrm)) {
    const { n } = person
    const account = crm.insert("Account", { Name: `${person.first} ${person.last}` })
    crm.insert("Contact", {
      AccountId: account, FirstName: person.first, LastName: person.last,
      Email: n % 16 === 0 ? null : person.email, Phone: null, HomePhone: international(person),
      HasOptedOutOfEmail: n % 37 === 5, MailingCity: n % 3 === 0 ? person.city : null,
      MailingCountry: n % 3 === 0 ? "Germany" : null
    })
  }
  return crm.insert("Account", { Name: "Guests and walk-ins" })
}

/** HubSpot: contacts, and who gets the newsletter. */
const fillMarketing = ({ act, preferences }: hubspot.HubspotSandbox): void => {
  act((portal) => {
    const contacts = portal.kind("contacts")
    for (const person of people.filter(inMarketing)) {
      const { email, n } = person
      portal.create(contacts, {
        email, firstname: person.first, lastname: n % 9 === 0 ? person.last.toUpperCase() : person.last,
        ...n % 6 === 0 ? {} : { phone: `0049${person.phone}` }
      }, false)
      if (n % 5 === 0) {
        preferences.decide(email, newsletter, { status: n % 25 === 0 ? "UNSUBSCRIBED" : "SUBSCRIBED",
          at: Date.parse(daysAgo(90 + n)), source: "PREFERENCES_PAGE", legalBasis: "CONSENT_WITH_NOTICE" })
      }
    }
  })
}

/** Net, as the tills hold prices; a few were typed in wrong. */
const netOf = ({ gross, n }: Article): number => Math.round(gross / 1.19) + (n % 13 === 12 ? 100 : 0)

/** Square: what is sold over the counter, who has a profile there, and what lies in the store. */
const fillTill = ({ seller }: square.SquareSandbox): void => {
  square.addLocation(seller, { id: store, name: "Store Mitte" })
  square.addLocation(seller, { id: outlet, name: "Factory outlet" })
  for (const person of people.filter(atTill)) {
    square.createCustomer(seller, {
      given_name: person.n % 24 === 0 ? `${person.first.slice(0, 1)}.` : person.first, family_name: person.last,
      email_address: person.email, ...person.n % 3 === 0 ? { phone_number: `+49${person.phone}` } : {}
    }, "DIRECTORY")
  }
  // Square makes a profile of its own from a card payment: nobody who signed up.
  for (let n = 0; n < 12; n++) square.createCustomer(seller, { given_name: "Card", family_name: `Payer ${pad(n, 2)}` }, "INSTANT_PROFILE")
  square.upsert(seller, articles.filter(({ n }) => n % 3 !== 2).map((article) => ({
    type: "ITEM", id: `#item-${article.n}`, present_at_all_locations: true,
    item_data: { name: article.title, variations: [{
      type: "ITEM_VARIATION", id: `#variation-${article.n}`, present_at_all_locations: true,
      item_variation_data: {
        item_id: `#item-${article.n}`, name: "Regular", sku: article.number, upc: article.ean, pricing_type: "FIXED_PRICING",
        price_money: { amount: netOf(article), currency: "EUR" }, track_inventory: true
      }
    }] }
  })))
}

/** Where the tills stand: in the store, and at the warehouse, where seconds are sold. */
export const store = "LMAIN0000001"
export const outlet = "LOUTLET00001"
