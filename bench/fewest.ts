/** The fewest calls that each vendor allows for what has to be done: the measured counts are held against them. */

/** A first sync of `people` into an empty account, and `changed` of them changed afterwards in a name. */
export interface Fewest {
  /** In words: which calls, and of what size. */
  readonly says: string
  readonly first: (people: number) => number
  readonly change: (changed: number) => number
}

const calls = (records: number, size: number): number => Math.ceil(records / size)

/**
 * Sizes: HubSpot batches of 100 (CRM objects and communication preferences alike), Salesforce composites of five
 * collections of 200, Square bulk calls of 100, Shopify as many mutations in a document as 1,000 points allow.
 */
export const fewest: { readonly [vendor: string]: Fewest } = {
  hubspot: {
    says: "one look at the empty portal; contacts by 100, opt-ins by 100",
    first: (people) => 1 + calls(people, 100) + calls(people, 100),
    change: (changed) => calls(changed, 100)
  },
  salesforce: {
    says: "one look at the empty org; accounts and contacts by 200, five collections a composite call",
    first: (people) => 1 + calls(2 * people, 1_000),
    change: (changed) => calls(changed, 1_000)
  },
  square: {
    says: "one look at the empty account; customers by 100",
    first: (people) => 1 + calls(people, 100),
    change: (changed) => calls(changed, 100)
  },
  shopify: {
    says: "one look at the empty shop; a customer and its id 11 points, an e-mail consent 10, 1,000 points a document",
    first: (people) => 1 + calls(people, 90) + calls(people, 100),
    change: (changed) => calls(changed, 100)
  }
}
