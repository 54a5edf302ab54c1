/** Renews the table of docs/model.md: `npm run docs:model`. */
import { readFileSync, writeFileSync } from "node:fs"
import { withTable } from "../../core/model/docs.ts"
import { Customer, Inventory, Location, Order, Product } from "../../core/model/index.ts"

const page = new URL("../../docs/model.md", import.meta.url)
const renewed = withTable(readFileSync(page, "utf8"), [Customer, Product, Order, Inventory, Location])
if (renewed === undefined) throw new Error("docs/model.md has lost the markers of its table")
writeFileSync(page, renewed)
