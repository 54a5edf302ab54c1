/** The price without tax, a field of the retailer's own: the ERP keeps both, and each system takes the one it wants. */
import type { Codec } from "esl/mapping"
import { refuse } from "esl/mapping"
import type { Json, Money, Value } from "esl/model"
import { Properties } from "esl/model"

type Amount = (typeof Money)["schema"]["Type"]
type Own = (typeof Properties)["schema"]["Type"]

const netIn = (own: Value | null): Json | undefined =>
  typeof own === "object" && own !== null && "net" in own ? own["net"] : undefined

/** Nothing is computed: `net(minorUnits("EUR"))` reads a column of amounts as `{ net: ... }`, and writes it back. */
export const net = <E, C extends string>(amounts: Codec<Amount, Amount, E, C>): Codec<Own, Own, E, C> => ({
  name: `net ${amounts.name}`,
  schema: Properties.schema,
  yields: Properties.schema,
  columns: amounts.columns,
  decode: (raw, row) => {
    const read = amounts.decode(raw, row)
    return read._tag === "Value" ? { _tag: "Value", value: { net: read.value } } : read
  },
  encode: (own, into) => {
    const amount = netIn(own)
    return amount === undefined || amount === null ? refuse("has no price without tax") : amounts.encode(amount, into)
  },
  ...(amounts.also === undefined ? {} : {
    also: (own, into) => amounts.also?.(netIn(own) ?? null, into) ?? {}
  })
})
