/** Generated canonical values, the same in every run. */
import { Arbitrary, Effect } from "effect"
import type { Schema } from "effect"

export const sampled = <V>(schema: Schema.Codec<V, unknown>, count: number, seed = 7): ReadonlyArray<V> =>
  Effect.runSync(Arbitrary.sampleEffect(Arbitrary.schema(schema), { count, seed, maxDiscards: count * 100 }))
