/** The SQL connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { sqlite } from "./sql.ts"

contractOf(sqlite)
