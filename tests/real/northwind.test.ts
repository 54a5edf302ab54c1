/** Northwind in PostgreSQL as the ERP fills an empty shop in MariaDB; then edits flow back. */
import { describe, expect } from "vitest"
import { newest, prefer, sync } from "esl"
import { Customer, Inventory, Order, Product } from "esl/model"
import type { Question } from "./compare.ts"
import { identical } from "./compare.ts"
import type { Database } from "./database.ts"
import { absent, extract } from "./extract.ts"
import { article, buyer, northwindOf, sale, stock } from "./northwind.ts"
import { shopCustomer, shopLevel, shopOf, shopOrder, shopProduct, shopTables } from "./shop.ts"
import { complete, quiet, stage, written } from "./stage.ts"

const script = "northwind/northwind_pg.sql"

const check = stage({
  from: "postgres",
  to: "mariadb",
  absent: absent(script),
  fill: async (erp, shop) => {
    // A setting that servers no longer know.
    await erp.execute(extract(script).replace(/^SET default_with_oids.*$/m, ""))
    await shop.execute(shopTables("mariadb"))
  },
  config: (from, to) => {
    const erp = northwindOf(from)
    const shop = shopOf(to, "mariadb")
    const first = prefer(from, to)
    return {
      syncs: [
        sync("customer", Customer, {
          between: [erp.customers.as(buyer), shop.customers.as(shopCustomer)],
          match: ["number"], rule: newest, first
        }),
        // Nothing but its number in the ERP tells an article: the hub remembers which is which.
        sync("product", Product, {
          between: [erp.products.as(article, { create: false, keyless: true }), shop.products.as(shopProduct)],
          match: [], rule: newest, first
        }),
        sync("inventory", Inventory, {
          between: [erp.stock.as(stock, { create: false }), shop.levels.as(shopLevel)], first
        }),
        sync("order", Order, {
          between: [erp.orders.as(sale), shop.orders.as(shopOrder)], match: ["orderNumber"], rule: newest, first
        })
      ]
    }
  }
})

const questions: { readonly [name: string]: Question } = {
  customers: {
    erp: `select customer_id as number, company_name as company, contact_name as contact, contact_title as job, fax,
      address as line, city, region, postal_code as zip, country from customers`,
    shop: `select customer_no as number, company, contact, job, fax, line, city, region, zip, country_code as country
      from customers c left join addresses a on a.customer_id = c.id`,
    country: "country"
  },
  products: {
    erp: `select product_name as title, quantity_per_unit as pack, unit_price as price,
      case discontinued when 1 then 'discontinued' else 'active' end as status from products`,
    shop: "select title, pack, price, status from products p left join variants v on v.product_id = p.id",
    numbers: ["price"]
  },
  stock: {
    erp: "select product_name as title, units_in_stock as on_hand, units_on_order as incoming from products",
    shop: `select title, on_hand, incoming from levels l join variants v on v.id = l.variant_id
      join products p on p.id = v.product_id where location_id = 1`
  },
  orders: {
    erp: `select order_id as number, customer_id as customer, order_date as ordered, required_date as required,
      shipped_date as shipped, case ship_via when 1 then 'Speedy Express' when 2 then 'United Package'
      when 3 then 'Federal Shipping' when 6 then 'DHL' end as carrier, freight, 'USD' as currency, null as total,
      ship_name as name, ship_address as line, ship_city as city, ship_region as region, ship_postal_code as zip,
      ship_country as country from orders`,
    shop: `select number, c.customer_no as customer, ordered_on as ordered, required_on as required,
      shipped_on as shipped, carrier, shipping as freight, currency, total, ship_name as name, ship_line as line,
      ship_city as city, ship_region as region, ship_zip as zip, ship_country as country
      from orders o left join customers c on c.id = o.customer_id`,
    numbers: ["freight"],
    country: "country"
  },
  lines: {
    erp: `select order_id as number, product_name as title, quantity, d.unit_price as price, discount
      from order_details d join products p on p.product_id = d.product_id`,
    shop: `select number, title, quantity, unit_price as price, discount from order_lines l
      join orders o on o.id = l.order_id join variants v on v.id = l.variant_id join products p on p.id = v.product_id`,
    numbers: ["price", "discount"]
  }
}

/** Telephone numbers: the shop's are international, the ERP's were typed by people. */
const phones = async (erp: Database, shop: Database) => {
  const found = await shop.query("select customer_no, phone from customers")
  const ours = new Map(found.map((row) => [row["customer_no"], row["phone"] ?? null]))
  const typed = await erp.query("select customer_id, phone from customers where phone is not null")
  return typed.map((row) => ({
    digits: (row["phone"] ?? "").replace(/\D/g, "").replace(/^0+/, ""),
    phone: ours.get(row["customer_id"] ?? "") ?? null
  }))
}

describe("Northwind", () => {
  check("fills the empty shop, all accounted for", async ({ from, to, sync, quarantine }) => {
    const report = await sync()
    complete(report)
    expect(written(report)).toBe(91 + 77 + 77 + 830)
    // What was written comes back with the answer: nothing is read again.
    const shops = [...report.sides].filter(([side]) => side.startsWith("shop."))
    expect(shops.map(([, { read }]) => read)).toEqual([0, 0, 0, 0])
    expect(await identical(from, to, questions))
      .toEqual({ customers: 91, products: 77, stock: 77, orders: 830, lines: 2155 })
    const numbers = await phones(from, to)
    const unreadable = numbers.filter(({ phone }) => phone === null)
    // Numbers that are too short for their country cost a field, never the customer.
    expect(await quarantine()).toEqual({ "erp.customers phone.work": unreadable.length })
    expect(report.exit).toBe(2)
    expect(unreadable.length).toBe(24)
    const wrong = numbers.filter(({ digits, phone }) =>
      phone !== null && !(/^\+\d+$/.test(phone) && phone.endsWith(digits)))
    expect(wrong).toEqual([])
  })

  check("has nothing to do in the next round", async ({ sync }) => {
    quiet(await sync())
  })

  check("takes edits of both sides to the other", async ({ from, to, sync }) => {
    await from.execute(`
      update customers set address = 'Obere Str. 58', phone = '030-0074322' where customer_id = 'ALFKI';
      update products set unit_price = 21.45, discontinued = 1 where product_id = 11;
      update products set units_in_stock = 36 where product_id = 1;
      update orders set freight = 33.07, shipped_date = '1996-07-17' where order_id = 10248;
      update order_details set quantity = 14 where order_id = 10248 and product_id = 11;
      insert into order_details values (10249, 1, 18, 2, 0.05);
      delete from order_details where order_id = 10250 and product_id = 65;
      insert into orders values (30001, 'ALFKI', 1, '1998-05-07', null, null, 6, 1007.64, 'Alfreds Futterkiste',
        'Obere Str. 58', 'Berlin', null, '12209', 'Germany');
      insert into order_details values (30001, 2, 19, 3, 0), (30001, 7, 30.99, 1, 0.25);
    `)
    await to.execute(`
      update customers set company = 'Alfreds Feinkost' where customer_no = 'ALFKI';
      update customers set contact = 'Ana María Trujillo', email = 'ana@example.com' where customer_no = 'ANATR';
      update customers set phone = '+46 921 12 34 66' where customer_no = 'BERGS';
      update addresses a join customers c on c.id = a.customer_id set a.city = 'Zürich', a.zip = '8001'
        where customer_no = 'CHOPS';
      update products set title = 'Chai Tee' where title = 'Chai';
      update variants v join products p on p.id = v.product_id set price = 19.99 where title = 'Chang';
      update levels l join variants v on v.id = l.variant_id join products p on p.id = v.product_id
        set on_hand = 38 where title = 'Chai Tee';
      update orders set carrier = 'DHL', shipping = 42 where number = '10251';
      update order_lines l join orders o on o.id = l.order_id set quantity = quantity + 1, unit_price = 64.35,
        discount = 0.125 where number = '10252' and quantity = 40;
      insert into order_lines (order_id, variant_id, quantity, unit_price, discount)
        select o.id, v.id, 4, 22.15, 0 from orders o, variants v join products p on p.id = v.product_id
        where number = '10253' and title = 'Chef Anton''s Cajun Seasoning';
      insert into customers (customer_no, company, contact) values ('ESLTD', 'Example Ltd', 'Zoë Example');
      insert into addresses (customer_id, kind, line, city, zip, country_code)
        select id, 'main', '1 Example Street', 'London', 'N1 1AA', 'GB' from customers where customer_no = 'ESLTD';
      insert into orders (number, customer_id, ordered_on, currency, shipping)
        select '20001', id, '1998-05-08', 'USD', 4.5 from customers where customer_no = 'ESLTD';
      insert into order_lines (order_id, variant_id, quantity, unit_price, discount)
        select o.id, v.id, 2, v.price, 0.1 from orders o, variants v join products p on p.id = v.product_id
        where number = '20001' and title in ('Chai Tee', 'Tofu');
    `)
    await expect(identical(from, to, questions)).rejects.toThrow()
    const report = await sync()
    complete(report)
    expect(report.exit).toBe(0)
    expect(await identical(from, to, questions))
      .toEqual({ customers: 92, products: 77, stock: 77, orders: 832, lines: 2155 + 1 - 1 + 2 + 1 + 2 })
    // Both edits of one record are kept, and both movements of one stock are counted.
    expect(await from.query("select company_name, address from customers where customer_id = 'ALFKI'"))
      .toEqual([{ company_name: "Alfreds Feinkost", address: "Obere Str. 58" }])
    expect(await from.query("select product_name, units_in_stock from products where product_id = 1"))
      .toEqual([{ product_name: "Chai Tee", units_in_stock: "35" }])
    expect(await to.query("select phone from customers where customer_no = 'ALFKI'"))
      .toEqual([{ phone: "+49300074322" }])
    expect(await from.query("select phone from customers where customer_id = 'BERGS'"))
      .toEqual([{ phone: "+46921123466" }])
  })

  check("comes to rest after the edits", async ({ sync }) => {
    quiet(await sync())
  })
})
