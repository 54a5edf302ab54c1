/**
 * Makes the two databases of the demo: `erp.db`, an old ERP with a grown German schema, and `shop.db`, a web shop.
 * Every person is invented; e-mails end in example.com or example.org, phone numbers are reserved for fiction
 * (Bundesnetzagentur). The same seed always makes the same rows.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

const CUSTOMERS = 320
const ARTICLES = 140
const ORDERS = 260

/** As the shop writes time. */
const now = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
const stamped = `not null default (${now})`

/** Systems move the stamp of a row themselves. */
const moves = (table: string, key: string, column: string, time: string) => `
create trigger ${table}_moves after update on ${table} when new.${column} is old.${column}
  begin update ${table} set ${column} = ${time} where ${key} = new.${key}; end;`

const erpSchema = `
create table KUNDEN (KDNR integer primary key, ANREDE text, TITEL text, VORNAME text, NACHNAME text, FIRMA text, EMAIL text,
  TEL text, MOBIL text, SPRACHE text, GEBDAT text, KDGRP text, SPERRE text not null default 'N', KREDLIM integer,
  ZAHLZIEL integer, NEWSLETTER text, NLDATUM text, BEMERKUNG text,
  ANLDAT text not null default (datetime('now')), AENDDAT text);
create table ANSCHRIFTEN (ADRNR integer primary key, KDNR integer not null references KUNDEN, TYP text not null,
  STRASSE text, ZUSATZ text, PLZ text, ORT text, LAND text, AENDDAT text, unique (KDNR, TYP));
create table ARTIKEL (ARTNR text primary key, BEZ1 text not null, BEZ2 text, MARKE text, EAN text, WGR text,
  VKPREIS integer not null, GEWICHT integer, AKTIV text not null default 'J');
create table LAGERORT (LGORT text primary key, BEZ text not null);
create table LAGER (ARTNR text not null references ARTIKEL, LGORT text not null references LAGERORT,
  BESTAND integer not null, RESERVIERT integer not null default 0, primary key (ARTNR, LGORT));
create table AUFTRAG (AUFNR integer primary key, EXTNR text, KDNR integer references KUNDEN, DATUM text not null,
  WAEHRUNG text not null default 'EUR', STATUS text not null default 'O', LIEFST text not null default '0',
  VERSAND integer not null default 0, BRUTTO integer not null, SENDUNG text,
  ANLDAT text not null default (datetime('now')), AENDDAT text);
create table AUFTRAGSPOS (AUFNR integer not null references AUFTRAG, POS integer not null, ARTNR text references ARTIKEL,
  BEZ text, MENGE integer not null, EPREIS integer not null, GESAMT integer not null, primary key (AUFNR, POS));
create index KUNDEN_AEND on KUNDEN (coalesce(AENDDAT, ANLDAT), KDNR);
create index AUFTRAG_AEND on AUFTRAG (coalesce(AENDDAT, ANLDAT), AUFNR);
${moves("KUNDEN", "KDNR", "AENDDAT", "datetime('now')")}
${moves("ANSCHRIFTEN", "ADRNR", "AENDDAT", "datetime('now')")}
${moves("AUFTRAG", "AUFNR", "AENDDAT", "datetime('now')")}
`

const shopSchema = `
create table customers (id integer primary key, email text, first_name text, last_name text, phone text, locale text,
  status text not null default 'enabled', accepts_marketing integer, marketing_at text, note text, tags text,
  loyalty_card text, created_at text ${stamped},
  updated_at text ${stamped});
create table addresses (id integer primary key, customer_id integer not null references customers, kind text not null,
  line1 text, line2 text, city text, zip text, country_code text, company text, updated_at text ${stamped},
  unique (customer_id, kind));
create table products (id integer primary key, title text not null, description text, vendor text, status text not null,
  tags text, created_at text ${stamped}, updated_at text ${stamped});
create table product_variants (id integer primary key, product_id integer not null references products, sku text,
  barcode text, price text, weight_grams integer, updated_at text ${stamped});
create table locations (id integer primary key, name text not null, updated_at text ${stamped});
create table inventory_levels (variant_id integer not null references product_variants, location_id integer not null
  references locations, on_hand integer not null, updated_at text ${stamped}, primary key (variant_id, location_id));
create table orders (id integer primary key, number text not null unique, customer_id integer references customers,
  placed_at text not null, currency text not null, shipping text, total text not null, state text not null,
  payment text not null, fulfilment text not null, tracking text, is_test integer not null default 0,
  updated_at text ${stamped});
create table order_lines (id integer primary key, order_id integer not null references orders, position integer not null,
  variant_id integer references product_variants, sku text, title text, quantity integer not null, unit_price text not null,
  total text not null);
${["customers", "addresses", "products", "product_variants", "orders"].map((table) => moves(table, "id", "updated_at", now)).join("")}
create trigger levels_move after update on inventory_levels when new.updated_at is old.updated_at begin
  update inventory_levels set updated_at = ${now} where variant_id = new.variant_id and location_id = new.location_id; end;
`

const given = "Anna,Ben,Clara,David,Emil,Frieda,Georg,Hanna,Ida,Jonas,Karl,Lena,Max,Nora,Otto,Paula,Rosa,Samuel,Theo,Vera,Zoë,Çelik,Björn,José,Siân".split(",")
const family = "Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,Richter,Klein,Wolf,Schröder,Neumann,von Humboldt,O'Brien,García Márquez,Weiß,Krüger,Öztürk".split(",")
const streets = "Lindenweg,Hauptstraße,Am Alten Markt,Bahnhofstr.,Gartenweg,Schillerstraße,Mühlgasse,Uferpromenade".split(",")
const cities: ReadonlyArray<readonly [string, string, "D" | "A" | "CH"]> = [
  ["10115", "Berlin", "D"], ["20095", "Hamburg", "D"], ["80331", "München", "D"], ["50667", "Köln", "D"],
  ["60311", "Frankfurt am Main", "D"], ["1010", "Wien", "A"], ["8001", "Zürich", "CH"], ["01067", "Dresden", "D"]
]
const areas: ReadonlyArray<readonly [string, string]> = [["030", "23125"], ["069", "90009"], ["040", "66969"], ["089", "99998"]]
const goods = "Kaffeemühle,Teekanne,Wanderrucksack,Regenjacke,Notizbuch,Füllhalter,Schreibtischlampe,Kochtopf,Brotkasten,Wolldecke,Thermosflasche,Fahrradlampe,Werkzeugkasten,Gießkanne,Bilderrahmen".split(",")
const colours = "rot,blau,grün,schwarz,weiß,natur".split(",")
const brands = "Nordlicht,Alpenglück,Hansa,Kontor 7".split(",")

/** mulberry32: small, seeded, good enough to invent rows. */
const dice = (seed: number) => {
  let a = seed
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number) => Math.floor(next() * n)
  return { below, chance: (p: number) => next() < p, of: <A>(list: ReadonlyArray<A>): A => at(list, below(list.length)) }
}

const at = <A>(list: ReadonlyArray<A>, index: number): A => {
  const item = list[index]
  if (item === undefined) throw new Error(`no item ${index} in a list of ${list.length}`)
  return item
}

const pad = (n: number, width: number) => String(n).padStart(width, "0")

/** A day of 2026 before November, so that nothing lies inside the overlap of a first run. */
const day = (n: number) => `2026-${pad(1 + (n % 9), 2)}-${pad(1 + (n % 28), 2)}`

const ascii = (text: string) =>
  text.replaceAll("ä", "ae").replaceAll("ö", "oe").replaceAll("ü", "ue").replaceAll("ß", "ss")
    .normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^A-Za-z]/g, "").toLowerCase()

/** EAN-13 with its check digit, from the range for use inside a company (prefix 20). */
const ean = (n: number) => {
  const body = `20${pad(n, 10)}`
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return body + String((10 - (sum % 10)) % 10)
}

const euros = (cents: number) => `${Math.floor(cents / 100)}.${pad(cents % 100, 2)}`

interface Person {
  readonly n: number
  readonly first: string
  readonly last: string
  readonly email: string
  readonly area: string
  readonly number: string
  readonly street: string
  readonly city: (typeof cities)[number]
}

/** Fills the folder with `erp.db` and `shop.db`; existing ones are replaced. */
export const seed = (folder: string): void => {
  const erp = fresh(join(folder, "erp.db"), erpSchema)
  const shop = fresh(join(folder, "shop.db"), shopSchema)
  const roll = dice(20261121)
  const people = invent(roll)
  customers(erp, shop, people, roll)
  products(erp, shop, roll)
  orders(erp, shop, roll)
  erp.exec("commit")
  shop.exec("commit")
  erp.close()
  shop.close()
}

const fresh = (file: string, schema: string): DatabaseSync => {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true })
  const db = new DatabaseSync(file)
  db.exec("pragma journal_mode = wal")
  db.exec(schema)
  db.exec("begin")
  return db
}

const invent = (roll: ReturnType<typeof dice>): ReadonlyArray<Person> =>
  Array.from({ length: CUSTOMERS }, (_, n) => {
    const first = at(given, n % given.length)
    const last = at(family, Math.floor(n / given.length + n) % family.length)
    const [area, block] = at(areas, n % areas.length)
    return {
      n, first, last,
      email: `${ascii(first)}.${ascii(last)}${n}@example.${n % 3 === 0 ? "org" : "com"}`,
      area, number: block + pad(Math.floor(n / areas.length), 3),
      street: `${roll.of(streets)} ${1 + roll.below(120)}`,
      city: roll.of(cities)
    }
  })

/** 0–199 are in both systems, 200–259 only in the ERP, 260–319 only in the shop. */
const customers = (erp: DatabaseSync, shop: DatabaseSync, people: ReadonlyArray<Person>, roll: ReturnType<typeof dice>) => {
  const kunde = erp.prepare("insert into KUNDEN values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
  const anschrift = erp.prepare("insert into ANSCHRIFTEN values (?,?,?,?,?,?,?,?,?)")
  const customer = shop.prepare("insert into customers values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
  const address = shop.prepare("insert into addresses values (?,?,?,?,?,?,?,?,?,?)")
  for (const person of people) {
    const { n } = person
    const [zip, city, country] = person.city
    if (n < 260) {
      kunde.run(10000 + n, roll.of(["H", "F", "H", "F", "D"]), n % 23 === 0 ? "Dr." : null, person.first, n % 11 === 0 ? person.last.toUpperCase() : person.last,
        n % 17 === 0 ? `${person.last} & Söhne GmbH` : null, dirtyEmail(n, person.email), `${person.area}/${person.number}`,
        n < 100 ? `0171 39200${pad(n, 2)}` : n % 5 === 0 ? "unbekannt" : null, n % 9 === 0 ? "E" : "D", n % 4 === 0 ? `${pad(1 + (n % 28), 2)}.${pad(1 + (n % 12), 2)}.${1950 + (n % 50)}` : "01.01.1900",
        roll.of(["A", "B", "P"]), n % 41 === 0 ? "J" : "N", n % 6 === 0 ? 50_000 + 10_000 * (n % 7) : null, roll.of([14, 30]),
        n % 7 === 0 ? "J" : n % 13 === 0 ? "N" : null, n % 7 === 0 || n % 13 === 0 ? `${day(n)} 10:00:00` : null, n % 19 === 0 ? "ruft lieber an" : null,
        `${day(n)} 08:00:00`, n % 3 === 0 ? `${day(n + 5)} 09:30:00` : null)
      anschrift.run(n * 2 + 1, 10000 + n, "RE", person.street, null, zip, city, country, `${day(n)} 08:00:00`)
      if (n % 8 === 0) anschrift.run(n * 2 + 2, 10000 + n, "LI", `Packstation ${100 + n}`, null, zip, city, country, `${day(n)} 08:00:00`)
    }
    if (n < 200 || n >= 260) {
      const moved = n % 29 === 0
      customer.run(n + 1, n % 10 === 0 ? person.email.toUpperCase() : person.email, n % 14 === 0 ? ` ${person.first} ` : person.first, person.last,
        n % 3 === 0 ? `+49 ${person.area.slice(1)} ${person.number.slice(0, 5)} ${person.number.slice(5)}` : n % 3 === 1 ? `+49${person.area.slice(1)}${person.number}` : null,
        n % 9 === 0 ? "en" : "de", "enabled", n % 7 === 0 ? 1 : n % 5 === 0 ? 0 : null, n % 7 === 0 || n % 5 === 0 ? `${day(n + 3)}T10:00:00Z` : null,
        null, n % 6 === 0 ? "vip,newsletter" : n % 4 === 0 ? "newsletter" : null, n % 5 === 0 ? `L${pad(n, 6)}` : null, `${day(n)}T07:00:00Z`, `${day(n + 2)}T12:00:00Z`)
      address.run(n * 2 + 1, n + 1, "billing", moved ? `Neue Gasse ${n}` : person.street, null, city, zip, country === "D" ? "DE" : country === "A" ? "AT" : "CH", null, `${day(n + 2)}T12:00:00Z`)
    }
  }
}

/** A few e-mails as people really type them: the unreadable ones end in quarantine, the others are recognised all the same. */
const dirtyEmail = (n: number, email: string): string | null =>
  n === 250 ? "frau mustermann (siehe Akte)" : n === 251 ? "" : n % 12 === 0 ? `  ${email.toUpperCase()} ` : email

const products = (erp: DatabaseSync, shop: DatabaseSync, roll: ReturnType<typeof dice>) => {
  const artikel = erp.prepare("insert into ARTIKEL values (?,?,?,?,?,?,?,?,?)")
  const lager = erp.prepare("insert into LAGER values (?,?,?,?)")
  const product = shop.prepare("insert into products values (?,?,?,?,?,?,?,?)")
  const variant = shop.prepare("insert into product_variants values (?,?,?,?,?,?,?)")
  const level = shop.prepare("insert into inventory_levels values (?,?,?,?)")
  for (const [id, name] of [["HL", "Hauptlager"], ["FI", "Filiale Mitte"]] as const) erp.prepare("insert into LAGERORT values (?,?)").run(id, name)
  for (const [id, name] of [[1, "Main warehouse"], [2, "Store Mitte"]] as const) shop.prepare("insert into locations values (?,?,?)").run(id, name, "2026-01-01T00:00:00Z")
  for (let n = 0; n < ARTICLES; n++) {
    const title = `${at(goods, n % goods.length)} ${at(colours, n % colours.length)}`
    const price = 490 + 130 * (n % 60)
    const stock = roll.below(80)
    artikel.run(`A-${pad(n, 4)}`, title, n % 3 === 0 ? "handgefertigt" : null, at(brands, n % brands.length), ean(n), roll.of(["10", "20", "30"]), price, 150 + 10 * n, n % 31 === 0 ? "N" : "J")
    lager.run(`A-${pad(n, 4)}`, "HL", stock, roll.below(3))
    if (n % 2 === 0) lager.run(`A-${pad(n, 4)}`, "FI", roll.below(20), 0)
    if (n >= 110) continue
    product.run(n + 1, n % 5 === 0 ? `${title} (neu)` : title, `<p>${title}, für jeden Tag.</p>`, at(brands, n % brands.length), n % 31 === 0 ? "archived" : "active", n % 4 === 0 ? "sale" : null, `${day(n)}T06:00:00Z`, `${day(n + 1)}T06:00:00Z`)
    variant.run(n + 1, n + 1, n % 15 === 0 ? `a-${pad(n, 4)}` : `A-${pad(n, 4)}`, n % 15 === 0 ? ean(n) : null, euros(n % 9 === 0 ? price + 100 : price), 150 + 10 * n, `${day(n + 1)}T06:00:00Z`)
    level.run(n + 1, 1, n % 6 === 0 ? stock + 4 : stock, `${day(n + 1)}T06:00:00Z`)
  }
}

/** 0–219 were placed in the shop; of these the first 90 somebody typed into the ERP by hand; 220–259 came by phone. */
const orders = (erp: DatabaseSync, shop: DatabaseSync, roll: ReturnType<typeof dice>) => {
  const auftrag = erp.prepare("insert into AUFTRAG values (?,?,?,?,?,?,?,?,?,?,?,?)")
  const pos = erp.prepare("insert into AUFTRAGSPOS values (?,?,?,?,?,?,?)")
  const order = shop.prepare("insert into orders values (?,?,?,?,?,?,?,?,?,?,?,?,?)")
  const line = shop.prepare("insert into order_lines values (?,?,?,?,?,?,?,?,?)")
  let lineId = 0
  for (let n = 0; n < ORDERS; n++) {
    const who = roll.below(200)
    const lines = Array.from({ length: 1 + roll.below(3) }, (_, index) => ({ pos: index + 1, article: (n * 3 + index * 7) % 110, quantity: 1 + roll.below(3) }))
      .map((item) => ({ ...item, price: 490 + 130 * (item.article % 60) }))
    const total = lines.reduce((sum, item) => sum + item.price * item.quantity, 490)
    const number = `#${1001 + n}`
    const shipped = n % 4 !== 0
    if (n < 90 || n >= 220) {
      auftrag.run(70000 + n, n < 90 ? number : null, 10000 + who, `${day(n)} 13:45:00`, "EUR", n % 37 === 0 ? "S" : "O", shipped && n % 37 !== 0 ? "2" : "0", 490, total,
        shipped && n % 37 !== 0 ? `DHL00340434${pad(n, 6)}` : null, `${day(n)} 14:00:00`, null)
      for (const item of lines) {
        pos.run(70000 + n, item.pos, `A-${pad(item.article, 4)}`, at(goods, item.article % goods.length), item.quantity, item.price, item.price * item.quantity)
      }
    }
    if (n < 220) {
      order.run(5000 + n, number, who + 1, `${day(n)}T13:45:00Z`, "EUR", euros(490), euros(total), n % 37 === 0 ? "cancelled" : "open",
        n % 37 === 0 ? "refunded" : "paid", "unfulfilled", null, n % 50 === 49 ? 1 : 0, `${day(n)}T13:45:00Z`)
      for (const item of lines) {
        line.run(++lineId, 5000 + n, item.pos, item.article + 1, `A-${pad(item.article, 4)}`, at(goods, item.article % goods.length), item.quantity, euros(item.price), euros(item.price * item.quantity))
      }
    }
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "."
  seed(folder)
  console.log(`Made ${join(folder, "erp.db")} and ${join(folder, "shop.db")}.`)
}
