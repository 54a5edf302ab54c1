/** A Square seller on loopback: `const till = await squareSandbox()`, then point SquareClient or the connector at it. */
import { sandbox } from "../../../core/connector/sandbox.ts"
import type { Sandbox, SandboxOptions } from "../../../core/connector/sandbox.ts"
import { catalogEndpoints } from "./catalog.ts"
import { checker } from "./check.ts"
import { customerEndpoints } from "./customers.ts"
import { Grants } from "./grants.ts"
import { hookEndpoints } from "./hooks.ts"
import { inventoryEndpoints } from "./inventory.ts"
import { addLocation, placeEndpoints } from "./places.ts"
import { answers, serve } from "./route.ts"
import { saleEndpoints } from "./sales.ts"
import { Seller } from "./seller.ts"
import type { SellerOptions } from "./seller.ts"

export { editItem, upsert, deleteObjects } from "./catalog.ts"
export { changed, createCustomer, deleteCustomer, mergeCustomers, updateCustomer } from "./customers.ts"
export { sandboxApp, scopes } from "./grants.ts"
export { subscribe } from "./hooks.ts"
export { change } from "./inventory.ts"
export { addLocation, define, setAttribute } from "./places.ts"
export { refund, rename, sell } from "./sales.ts"
export type { Sale } from "./sales.ts"
export { signature } from "./seller.ts"
export type { Seller, SellerOptions } from "./seller.ts"

export interface SquareSandbox extends Sandbox {
  /** The account's state: what a clerk, a till or a customer changes there goes through the functions beside it. */
  readonly seller: Seller
  readonly grants: Grants
  readonly token: string
}

/** Faults that the account plays itself. */
const plays: { readonly [fault: string]: string } = {
  "refuse-one": "one entry of a bulk call on customers is refused",
  "search-lag": "the next changed customer is found by search only after `ms`",
  "catalog-busy": "another catalog write is under way: 429"
}

export const squareSandbox = async (options: SandboxOptions & SellerOptions = {}): Promise<SquareSandbox> => {
  const types = await checker()
  const made: { seller?: Seller; grants?: Grants } = {}
  const running = await sandbox((frame) => {
    const seller = (made.seller = new Seller(frame, options))
    const grants = (made.grants = new Grants(seller))
    addLocation(seller, { id: "LMAIN0000001", name: "Main Street" })
    const handle = serve({
      seller,
      grants,
      checker: types,
      endpoints: [
        ...customerEndpoints,
        ...placeEndpoints,
        ...catalogEndpoints,
        ...inventoryEndpoints,
        ...saleEndpoints,
        ...hookEndpoints
      ]
    })
    return { handle, answers, plays }
  }, options)
  const { grants, seller } = made
  if (seller === undefined || grants === undefined) throw new Error("the sandbox did not build its seller")
  return { ...running, seller, grants, token: "EAAAsandbox" }
}
