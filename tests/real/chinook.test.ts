/** Chinook in PostgreSQL, MariaDB and SQLite fills an empty shop in another of them; then edits flow back. */
import { describe, expect } from "vitest"
import { newest, prefer, sync } from "esl"
import { Customer, Order, Product } from "esl/model"
import { chinookOf } from "./chinook.ts"
import { chinookPostgresOf } from "./chinookpg.ts"
import { identical } from "./compare.ts"
import type { Question } from "./compare.ts"
import type { Engine } from "./database.ts"
import { absent, extract } from "./extract.ts"
import { shopCustomer, shopOf, shopOrder, shopProduct, shopTables } from "./shop.ts"
import { complete, quiet, stage, written } from "./stage.ts"

const scripts: { readonly [engine in Engine]: string } = {
  postgres: "chinook/Chinook_PostgreSql.sql",
  mariadb: "chinook/Chinook_MySql.sql",
  sqlite: "chinook/Chinook_Sqlite.sql"
}

/** Without the statements that make and choose a database: the test has one. */
const tables = (engine: Engine): string =>
  extract(scripts[engine]).replace(/^(DROP DATABASE|CREATE DATABASE|USE|\\c) .*$/gm, "")

/** PostgreSQL's script spells `InvoiceLine` as `invoice_line`; what stands in quotes is left alone. */
const spelt = (engine: Engine, statement: string): string => engine !== "postgres" ? statement
  : statement.split("'").map((part, at) => at % 2 === 1 ? part
    : part.replace(/\b[A-Z]\w*[a-z]\w*\b/g, (name) => name.replace(/(?<!^)(?=[A-Z])/g, "_").toLowerCase())).join("'")

const questions = (engine: Engine): { readonly [name: string]: Question } => ({
  customers: {
    erp: spelt(engine, `select CustomerId as number, FirstName as given, LastName as family, Company as company,
      Email as email, Fax as fax, Address as line, City as city, State as region, PostalCode as zip,
      Country as country from Customer`),
    shop: `select customer_no as number, first_name as given, last_name as family, company, email, fax, line, city,
      region, zip, country_code as country from customers c left join addresses a on a.customer_id = c.id`,
    country: "country"
  },
  products: {
    erp: spelt(engine, `select TrackId as sku, Name as title, Composer as author, Milliseconds as length,
      UnitPrice as price from Track`),
    shop: `select sku, title, author, milliseconds as length, price from products p
      left join variants v on v.product_id = p.id`,
    numbers: ["price"]
  },
  orders: {
    erp: spelt(engine, `select InvoiceId as number, CustomerId as customer, InvoiceDate as placed, Total as total,
      'USD' as currency, null as shipping, BillingAddress as line, BillingCity as city, BillingState as region,
      BillingPostalCode as zip, BillingCountry as country from Invoice`),
    shop: `select number, customer_no as customer, placed_at as placed, total, currency, shipping, bill_line as line,
      bill_city as city, bill_region as region, bill_zip as zip, bill_country as country
      from orders o left join customers c on c.id = o.customer_id`,
    numbers: ["total"],
    country: "country",
    time: "placed"
  },
  lines: {
    erp: spelt(engine, `select InvoiceId as number, TrackId as sku, Quantity as quantity, UnitPrice as price
      from InvoiceLine`),
    shop: `select number, sku, quantity, unit_price as price from order_lines l join orders o on o.id = l.order_id
      join variants v on v.id = l.variant_id`,
    numbers: ["price"]
  }
})

const sourceEdits = `
  update Customer set Company = 'JetBrains a.s.', City = 'Praha' where CustomerId = 5;
  update Customer set Phone = '+420 2 4172 5556' where CustomerId = 6;
  update Track set UnitPrice = 1.29, Composer = null where TrackId = 2;
  update Invoice set Total = 3.97, BillingCity = 'Wien' where InvoiceId = 1;
  update InvoiceLine set UnitPrice = 1.98, Quantity = 2 where InvoiceLineId = 1;
  insert into Invoice (InvoiceId, CustomerId, InvoiceDate, BillingCountry, Total)
    values (900, 5, '2026-01-31 23:59:59', 'Czech Republic', 1234567.89);
  insert into InvoiceLine (InvoiceLineId, InvoiceId, TrackId, UnitPrice, Quantity) values (9000, 900, 3503, 0.99, 3);
  delete from InvoiceLine where InvoiceLineId = 9;
`

const shopEdits = `
  update customers set first_name = 'Franta' where customer_no = '5';
  update addresses set line = '2 rue de l''Exemple', zip = '33001'
    where customer_id = (select id from customers where customer_no = '42');
  update customers set phone = '+33 5 56 96 96 97' where customer_no = '42';
  update products set title = 'Balls to the Wall (Remastered) – Ü'
    where id = (select product_id from variants where sku = '2');
  update variants set price = '0.79' where sku = '3';
  update orders set bill_line = 'Neue Gasse 1', total = '4.00' where number = '2';
  update order_lines set quantity = 5 where order_id = (select id from orders where number = '3')
    and variant_id = (select id from variants where sku = '20');
  insert into customers (customer_no, first_name, last_name, email)
    values ('60', 'Zoë', 'Example', 'zoe@example.com');
`

const config = (engine: Engine, other: Engine): Parameters<typeof stage>[0]["config"] => (from, to) => {
  const music = engine === "postgres" ? chinookPostgresOf(from) : chinookOf(from)
  const shop = shopOf(to, other)
  const first = prefer(from, to)
  return {
    syncs: [
      sync("customer", Customer, {
        between: [music.customers, shop.customers.as(shopCustomer)], match: ["email"], rule: newest, first
      }),
      sync("product", Product, {
        between: [music.products, shop.products.as(shopProduct)], match: ["sku"], rule: newest, first
      }),
      sync("order", Order, {
        between: [music.orders, shop.orders.as(shopOrder)], match: ["orderNumber"], rule: newest, first
      })
    ]
  }
}

describe.each<readonly [Engine, Engine]>([
  ["postgres", "mariadb"], ["mariadb", "sqlite"], ["sqlite", "postgres"]
])("Chinook in %s, a shop in %s", (engine, other) => {
  const asked = questions(engine)
  const check = stage({
    from: engine,
    to: other,
    absent: absent(scripts[engine]),
    fill: async (music, shop) => {
      await music.execute(tables(engine))
      await shop.execute(shopTables(other))
    },
    config: config(engine, other)
  })

  check("fills the empty shop, all accounted for", async ({ from, to, sync, quarantine }) => {
    const report = await sync()
    complete(report)
    // One number has too many digits for its country: that costs the field alone.
    const side = [...report.sides.keys()][0]
    expect(await quarantine()).toEqual({ [`${side} phone.work`]: 1 })
    expect(report.exit).toBe(2)
    expect(written(report)).toBe(59 + 3503 + 412)
    expect(await identical(from, to, asked)).toEqual({ customers: 59, products: 3503, orders: 412, lines: 2240 })
  })

  check("has nothing to do in the next round", async ({ sync }) => {
    quiet(await sync())
  })

  check("takes edits of both sides to the other, and comes to rest", async ({ from, to, sync }) => {
    await from.execute(spelt(engine, sourceEdits))
    await to.execute(shopEdits)
    await expect(identical(from, to, asked)).rejects.toThrow()
    const report = await sync()
    complete(report)
    expect(await identical(from, to, asked)).toEqual({ customers: 60, products: 3503, orders: 413, lines: 2240 })
    const names = `select FirstName, LastName, Company from Customer where CustomerId = 5`
    expect((await from.query(spelt(engine, names))).map((row) => Object.values(row)))
      .toEqual([["Franta", "Wichterlová", "JetBrains a.s."]])
    quiet(await sync())
  })
})
