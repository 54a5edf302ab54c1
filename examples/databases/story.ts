/** The steps of `esl demo databases`: what happens, why, and the commands that a user types. */
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { seed } from "./seed.ts"

interface Step {
  readonly say: string
  readonly run?: ReadonlyArray<string> | ((ask: (line: ReadonlyArray<string>) => unknown) => ReadonlyArray<string>)
  readonly edit?: (folder: string) => void
  readonly exit?: number
}

/** What a person does in one of the two systems, with that system's own means. */
const using = (system: "erp" | "shop", ...statements: ReadonlyArray<string>) => (folder: string): void => {
  const db = new DatabaseSync(join(folder, `${system}.db`))
  for (const statement of statements) db.exec(statement)
  db.close()
}

const all = (...edits: ReadonlyArray<(folder: string) => void>) => (folder: string): void => {
  for (const edit of edits) edit(folder)
}

/** The id of the open conflict about this field. */
const openConflict = (rows: unknown, path: string): string => {
  for (const row of Array.isArray(rows) ? rows : []) {
    if (typeof row !== "object" || row === null || !("path" in row) || !("id" in row)) continue
    if (row.path === path) return String(row.id)
  }
  throw new Error(`no open conflict about ${path}: the demo expected one`)
}

export const after: ReadonlyArray<string> = [
  "The folder is yours now. Change a row in erp.db or shop.db, or the config, and look what follows:"
]

export const story: ReadonlyArray<Step> = [
  {
    say: `A retailer has an old ERP (erp.db: KUNDEN, ARTIKEL, LAGER, AUFTRAG; codes instead of words, amounts
in cents) and a web shop (shop.db: customers, products, orders). Many customers and articles are in
both, spelt differently; some of the shop's orders were typed into the ERP by hand. Nothing keeps
the two in step. Both are made now, with the same content every time.`,
    edit: seed
  },
  {
    say: `esl.config.ts names the two databases, the tables that correspond, and the rules. Is everything it
says true of the databases as they are?`,
    run: ["check"]
  },
  {
    say: `What would a first sync write? A plan reads both systems and works on a copy: nothing is written
anywhere. Every line shows a field, its old and its new value, and the rule that decided; here the
first three customers on each side. The persons are invented, so they are shown in full; without
--show-personal they would be masked.`,
    run: ["plan", "customer", "--limit", "3", "--show-personal"],
    exit: 2
  },
  {
    say: `And the whole plan, kept in a file: addresses and fingerprints, no values. Exit code 4 says that a
brake would stop an unattended run here, because a first contact replaces so much. Somebody has to
look first, and that is what a plan is for.`,
    run: ["plan", "--summary", "-o", "plan.json"],
    exit: 4
  },
  {
    say: `Exactly this plan is written now; if anything had changed since, it would be refused. Exit code 2
says: done, and a record is in quarantine because a value could not be read. It stops nothing else.`,
    run: ["apply", "plan.json"],
    exit: 2
  },
  { say: "What waits in quarantine, grouped by cause:", run: ["quarantine", "--show-personal"] },
  {
    say: `Now people work on both sides at once.

In the ERP somebody mends Anna's telephone number, while in the shop Anna moves house: two fields of
one customer.

In both systems the e-mail of customer 10001 changes, differently: the config says prefer(shop,
erp).

In both systems the family name of customer 10002 changes, differently: the config says hold, a
person decides.

In the ERP a price and a stock count change. In the shop somebody orders; and order #1001 is shipped
by the ERP.`,
    edit: all(
      using("erp",
        "update KUNDEN set TEL = '030/23125999' where KDNR = 10000",
        "update KUNDEN set EMAIL = 'ben.neu@example.org' where KDNR = 10001",
        "update KUNDEN set NACHNAME = 'Neumann-Erp' where KDNR = 10002",
        "update ARTIKEL set VKPREIS = VKPREIS + 200 where ARTNR = 'A-0003'",
        "update LAGER set BESTAND = BESTAND + 12 where ARTNR = 'A-0003' and LGORT = 'HL'",
        "update AUFTRAG set LIEFST = '2', SENDUNG = 'DHL00340434999999' where EXTNR = '#1001'"),
      using("shop",
        `update addresses set line1 = 'Uferpromenade 7', zip = '80331', city = 'München'
          where customer_id = 1 and kind = 'billing'`,
        "update customers set email = 'ben.shop@example.com' where id = 2",
        "update customers set last_name = 'Neumann-Shop' where id = 3",
        `insert into orders (id, number, customer_id, placed_at, currency, shipping, total, state, payment, fulfilment)
          values (9001, '#2001', 1, '2026-10-01T09:00:00Z', 'EUR', '4.90', '14.60', 'open', 'paid', 'unfulfilled')`,
        `insert into order_lines (order_id, position, variant_id, sku, title, quantity, unit_price, total)
          values (9001, 1, 4, 'A-0003', 'Regenjacke', 1, '9.70', '9.70')`)
    )
  },
  { say: "One pass brings them to agree again.", run: ["sync"] },
  {
    say: `Both edits of customer 10000 are kept: the telephone number came from the ERP, the address from the
shop.`,
    run: ["explain", "customer", "10000", "--connection", "erp", "--show-personal"]
  },
  {
    say: `The e-mail of customer 10001 was a true conflict. The rule decided, and both values are remembered.`,
    run: ["explain", "customer", "10001", "--connection", "erp", "--field", "email", "--show-personal"]
  },
  {
    say: "The family name of customer 10002 waits for a person; all its other fields go on.",
    run: ["conflicts", "--show-personal"]
  },
  {
    say: "The person decides for the shop's spelling.",
    run: (ask) => ["conflicts", "settle", openConflict(ask(["conflicts"]), "name.family"), "--take", "shop"]
  },
  { say: "The decision travels.", run: ["sync"] },
  { say: "And a last pass: nothing to write. The two systems agree.", run: ["sync"] },
  { say: "What the hub knows now:", run: ["status"] }
]
