/** The simulator's fake systems keep the contract that real connectors keep. */
import { contractOf } from "./cases.ts"
import { world } from "./world.ts"

contractOf(world)
