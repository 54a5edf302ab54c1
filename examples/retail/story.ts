/** The steps of `esl demo`: what people do in five systems, what ESL does about it, and what each system says then. */
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { shopify, square } from "esl/sandboxes"
import * as looking from "./looking.ts"
import { articles, people } from "./people.ts"
import { newsletter, start, store } from "./systems.ts"
import type { Systems } from "./systems.ts"

interface Step {
  readonly say: string
  readonly run?: ReadonlyArray<string>
  readonly edit?: (folder: string) => void | Promise<void>
  readonly look?: (folder: string) => ReadonlyArray<string>
  readonly exit?: number
}

let running: Systems | undefined
const numbers = new Map<string, string>()

const systems = (): Systems => {
  if (running === undefined) throw new Error("the systems are not running")
  return running
}

/** Ends the vendors on this machine, and asks them whether all they were sent was valid by their own descriptions. */
export const end = async (): Promise<void> => {
  if (running === undefined) return
  const { crm, marketing, shop, till } = running
  const vendors = [crm, marketing, shop, till]
  await Promise.all(vendors.map((vendor) => vendor.stop()))
  const invalid = vendors.flatMap(({ violations }) => violations)
  if (invalid.length > 0) throw new Error(`requests that a vendor's description does not allow: ${invalid.join("; ")}`)
}

const emailOf = (n: number): string => people[n]?.email ?? ""
/** Found by their numbers in people.ts; all of them are known in all five systems. */
const [mended, buyer, regular, leaver, joiner, second] = [8, 40, 52, 20, 32, 88]
const [sold, carried] = ["A-0004", "A-0006"]

const erp = (folder: string, ...statements: ReadonlyArray<string>): void => {
  const db = new DatabaseSync(join(folder, "erp.db"))
  for (const statement of statements) db.exec(statement)
  db.close()
}

const shopCustomer = (n: number) => {
  const found = [...systems().shop.shop.customers.values()].find((one) => one.email === emailOf(n))
  if (found === undefined) throw new Error(`person ${n} is not in the shop`)
  return found
}

const profileOf = (n: number): string =>
  String([...systems().till.seller.customers.values()].find((one) => one["email_address"] === emailOf(n))?.["id"])

const variant = (sku: string): string => looking.variantOf(systems(), sku)?.id ?? ""
const variation = (sku: string): string => String(looking.variationOf(systems(), sku)?.["id"])

const number = (name: string): string => numbers.get(name) ?? ""

/** A morning: three orders in the web shop, two sales at the till, and work in the CRM and the ERP. */
const aMorning = (folder: string): void => {
  const { crm, shop: { shop }, till: { seller } } = systems()
  const gross = (sku: string): number => articles.find((one) => one.number === sku)?.gross ?? 0
  const web = (name: string, sku: string, who: Partial<shopify.Sale>): void => {
    numbers.set(name, shopify.placeOrder(shop, { ...who, shipping: "4.90", lines: [{ variant: variant(sku), quantity: 1 }] }).name)
  }
  web("ordered", sold, { customer: shopCustomer(buyer).id })
  web("guest", "A-0008", { email: "visitor@example.org" })
  web("scratched", "A-0009", { customer: shopCustomer(regular).id })
  const sale = { location: store, lines: [{ variation: variation(carried), quantity: "1", price: gross(carried) }] }
  numbers.set("counter", String(square.sell(seller, { ...sale, customer: profileOf(regular) })["id"]))
  numbers.set("walk-in", String(square.sell(seller, { ...sale, method: "CASH" })["id"]))
  const contact = crm.all("Contact").find((one) => one["Email"] === emailOf(mended))
  crm.change("Contact", String(contact?.["Id"]), { MobilePhone: "+49 171 3920099" })
  erp(folder, `update ARTIKEL set VKBRUTTO = 1999 where ARTNR = '${sold}'`,
    `update LAGER set BESTAND = BESTAND + 30 where ARTNR = '${sold}' and LGORT = 'HL'`)
}

/** An afternoon: parcels leave, an order is cancelled, money goes back, and three people decide about the newsletter. */
const anAfternoon = (folder: string): void => {
  const { marketing, shop: { shop }, till: { seller } } = systems()
  erp(folder,
    `update AUFTRAG set LIEFERUNG = '2', SENDUNG = '00340434161094000017', VERSANDDATUM = datetime('now')
      where EXTNR = '${number("ordered")}'`,
    `update AUFTRAG set STATUS = 'S' where EXTNR = '${number("guest")}'`,
    `update AUFTRAG set ZAHLUNG = 'T', GUTSCHRIFT = 500, GUTDATUM = datetime('now'), GUTGRUND = 'Kratzer'
      where EXTNR = '${number("scratched")}'`)
  square.refund(seller, number("counter"), 1990, { reason: "Returned goods" })
  marketing.act(() => {
    marketing.preferences.decide(emailOf(leaver), newsletter, { status: "UNSUBSCRIBED", at: Date.now(), source: "PREFERENCES_PAGE" })
  })
  for (const [n, state] of [[joiner, "SUBSCRIBED"], [second, "UNSUBSCRIBED"]] as const) {
    const one = shopCustomer(n)
    one.emailConsent = { state, level: state === "SUBSCRIBED" ? "SINGLE_OPT_IN" : null, at: shop.time() }
    shopify.saveCustomer(shop, one, false)
  }
}

const order = (name: string, folder: string): ReadonlyArray<string> =>
  looking.lines(`${number(name).startsWith("#") ? "Order" : "Sale"} ${number(name)}`, looking.order(systems(), folder, number(name)))

/** Guests and walk-ins: their orders count, and stand for nobody. */
const nobodies = (folder: string): ReadonlyArray<string> => {
  const { crm } = systems()
  const db = new DatabaseSync(join(folder, "erp.db"), { readOnly: true })
  const counted = db.prepare("select count(*) N, sum(KDNR is null) NOBODY from AUFTRAG").get()
  db.close()
  const guests = crm.all("Order").filter((one) => one["AccountId"] === process.env["CRM_GUESTS"]).length
  return looking.lines("Orders of guests and walk-ins", [
    ["ERP", `${String(counted?.["NOBODY"])} of ${String(counted?.["N"])} orders, without a customer`],
    ["CRM", `${guests} orders, all on the account "Guests and walk-ins"`]
  ])
}

export const after: ReadonlyArray<string> = [
  "The folder is yours now, and its README.md says what is where. The vendors end with this program: started with --stay,",
  "it leaves them running until Ctrl-C, and in another terminal `. ./environment.sh` says where they are. Then:"
]

export const story: ReadonlyArray<Step> = [
  {
    say: `A retailer has five systems: a web shop (Shopify), a CRM (Salesforce), a marketing tool (HubSpot), tills
(Square), and an old German ERP, which is a database. The four vendors are played by servers on this machine that
answer as theirs do; nothing leaves it. A few hundred people, articles, stock counts and orders are in them, most of
them in several systems, spelt differently, some of them wrong. Nothing keeps the five in step.

All of it is invented. It is made now.`,
    edit: async (folder) => { running = await start(folder) },
    look: (folder) => looking.lines(`What the price of article ${sold} is:`, looking.price(systems(), folder, sold))
  },
  {
    say: `esl.config.ts says what belongs together, who may change what, and what decides where two systems differ. ESL
needs a field of its own in marketing and in the shop, to recognise what it made; otherwise a lost answer could make a
customer twice. It shows what it will make, and makes it.`,
    run: ["setup", "marketing", "--apply"]
  },
  { say: "The same in the shop.", run: ["setup", "shop", "--apply"] },
  {
    say: `Is everything true that the config says of the five systems? Connections, accounts, rights, fields, limits, and
what a write would set off there.`,
    run: ["check"]
  },
  {
    say: `What would a first run write? A plan reads everything and writes nothing. Exit code 4 says: nobody should let
this run unattended, because it would replace so much. That is what a first contact is like; a person reads the plan and
approves it. (esl plan without --summary shows each field with its old and new value.)`,
    run: ["plan", "--summary", "-o", "plan.json"],
    exit: 4
  },
  {
    say: `Exactly this plan is written now. People who are in several systems are recognised by e-mail, or by phone and
name together, and become one; who is missing somewhere is created there once. Exit code 2 says: done, and one record
waits in quarantine, because its e-mail address is none. It stops nothing else.

In four places phone and name point to one record and the e-mail address to another. Probably that is one person; ESL
does not guess, and asks (esl conflicts).`,
    run: ["apply", "plan.json"],
    exit: 2
  },
  {
    say: `A second run reads what the systems made of it: nothing is left to do. They agree.`,
    run: ["sync"]
  },
  {
    say: `The morning after. In the web shop a customer orders, a guest without an account orders, and another customer
does. At the till the same customer buys something, and so does somebody who just walks in.

In the CRM a mobile number is mended. In the ERP a price changes, and goods arrive.`,
    edit: aMorning
  },
  { say: "One run.", run: ["sync"] },
  {
    say: `Every sale is in the ERP once and in the CRM once. Who has no account stays nobody: the sales are counted, and
nobody is guessed.`,
    look: (folder) => [...order("ordered", folder), ...order("guest", folder), ...order("counter", folder),
      ...order("walk-in", folder), ...nobodies(folder)]
  },
  {
    say: `The number is mended everywhere. The new price is in the shop with tax and at the till without it, as each wants
it. The ERP's count is in the shop and at the tills.`,
    look: (folder) => [
      ...looking.lines("Mobile number", looking.phone(systems(), folder, emailOf(mended))),
      ...looking.lines(`Price of ${sold}`, looking.price(systems(), folder, sold)),
      ...looking.lines(`Stock of ${sold}`, looking.stock(systems(), folder, sold))
    ]
  },
  {
    say: `The afternoon. The ERP sends the first order and cancels the guest's; for a scratch it pays something back. The
till takes goods back.

One person leaves the newsletter by the marketing tool's own page, one leaves it in the shop, and one joins it in the
shop: by themselves, at a time that is known.`,
    edit: anAfternoon
  },
  {
    say: `One run. Exit code 2 again: Shopify takes a refund that was paid elsewhere only as a note, so the amount is left
out there and ESL says so.`,
    run: ["sync"],
    exit: 2
  },
  {
    say: "Parcel number, cancellation and refunds have come back.",
    look: (folder) => [...order("ordered", folder), ...order("guest", folder), ...order("scratched", folder),
      ...order("counter", folder)]
  },
  {
    say: `Who left has left everywhere it can be told, and who joined has joined. Only the person's own newer word opens a
door; no system, no import and no rule does. At the till nobody can be unsubscribed but by themselves: esl check says so.`,
    look: (folder) => [
      ...looking.lines("Left in marketing", looking.consent(systems(), folder, emailOf(leaver))),
      ...looking.lines("Left in the shop", looking.consent(systems(), folder, emailOf(second))),
      ...looking.lines("Joined in the shop", looking.consent(systems(), folder, emailOf(joiner)))
    ]
  },
  {
    say: `What the ERP sent and sold has left its shelves, and the shop and the tills know.`,
    look: (folder) => [
      ...looking.lines(`Stock of ${sold}`, looking.stock(systems(), folder, sold)),
      ...looking.lines(`Stock of ${carried}`, looking.stock(systems(), folder, carried))
    ]
  },
  { say: "And a last run: nothing to write. Five systems agree.", run: ["sync"] },
  { say: "What the hub knows now:", run: ["status"] }
]
