/** Every resource of the Square connector keeps the contract. */
import { contractOf } from "./cases.ts"
import { subjects } from "./square.ts"

for (const subject of subjects) contractOf(subject)
