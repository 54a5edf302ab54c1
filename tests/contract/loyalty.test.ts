/** The worked example keeps the contract. */
import { contractOf } from "./cases.ts"
import { members } from "./loyalty.ts"

contractOf(members)
