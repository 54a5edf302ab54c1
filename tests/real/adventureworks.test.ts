/** AdventureWorks' 19,820 customers fill an empty target: the volume case of real data. */
import { describe, expect } from "vitest"
import { newest, prefer, sync } from "esl"
import { Customer } from "esl/model"
import { files, fillSource, sourceOf, targetOf, targetTables } from "./adventureworks.ts"
import { identical } from "./compare.ts"
import type { Question } from "./compare.ts"
import { absent } from "./extract.ts"
import { complete, quiet, stage, written } from "./stage.ts"

const check = stage({
  from: "postgres",
  to: "postgres",
  absent: absent(...files),
  fill: async (source, target) => {
    await fillSource(source)
    await target.execute(targetTables)
  },
  config: (from, to) => ({
    syncs: [
      sync("customer", Customer, {
        between: [sourceOf(from), targetOf(to)], match: ["email", "number"], rule: newest, first: prefer(from, to)
      })
    ]
  })
})

const questions: { readonly [name: string]: Question } = {
  customers: {
    erp: `select account_number as number, email, territory_id as territory from customer
      left join email_address on business_entity_id = person_id`,
    shop: "select account_no as number, email, territory from clients"
  },
  addresses: {
    erp: `select account_number as number, case address_type_id when 2 then 'home' when 3 then 'office'
      when 5 then 'shipping' end as kind, line1 as street, line2 as unit, city, postal_code as zip, state,
      case country when 'US' then 'USA' when 'CA' then 'CAN' when 'DE' then 'DEU' when 'FR' then 'FRA'
      when 'GB' then 'GBR' when 'AU' then 'AUS' end as country
      from customer join entity_address on business_entity_id = entity_id`,
    shop: `select account_no as number, kind, street, unit, city, zip, state, country from clients c
      join client_addresses a on a.client_id = c.id`
  }
}

describe("AdventureWorks", () => {
  check("fills the empty target, all accounted for", async ({ from, to, sync, quarantine }) => {
    const report = await sync()
    complete(report)
    expect(await quarantine()).toEqual({})
    expect(report.exit).toBe(0)
    const [source, target] = [...report.sides.values()]
    expect([source?.read, source?.records.created]).toEqual([19_820, 19_820])
    expect([target?.due, target?.wrote.create, written(report)]).toEqual([19_820, 19_820, 19_820])
    const found = await identical(from, to, questions)
    expect(found["customers"]).toBe(19_820)
  })

  check("writes nothing in the second pass", async ({ sync }) => {
    quiet(await sync())
  })

  check("takes edits of both sides to the other, and comes to rest", async ({ from, to, sync }) => {
    await from.execute(`
      update entity_address set city = 'Bothell', line2 = 'Unit 7'
        where business_entity_id in (select entity_id from customer where account_number = 'AW00011000')
    `)
    await to.execute(`
      update clients set email = 'jon@example.com' where account_no = 'AW00011000';
      update client_addresses set street = '1 Example Street', country = 'AUS'
        where client_id = (select id from clients where account_no = 'AW00011001')
    `)
    await expect(identical(from, to, questions)).rejects.toThrow()
    complete(await sync())
    await identical(from, to, questions)
    quiet(await sync())
  })
})
