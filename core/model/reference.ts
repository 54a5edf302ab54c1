/** Numbers of a record in other systems, where a system carries them itself; the crosswalk is the hub's own. */
import { field, listOf } from "./entity.ts"
import { Instant } from "./instant.ts"
import { Text } from "./text.ts"
import { oneOf } from "./type.ts"

/** Id of a record in another system, as a side carries it (e.g. the shop's field with the ERP number). */
export const References = listOf("ExternalRef", {
  connection: field(Text, "I", "none", "Name of the connection the id belongs to."),
  object: field(Text, "I", "none", "Kind of record there."),
  ref: field(Text, "I", "none", "The id there."),
  role: field(Text, "L", "none", "What for, where one record has several."),
  url: field(Text, "L", "none", "Where people open it."),
  status: field(oneOf("active", "merged", "converted", "deleted", "erased"), "L", "none", "What became of it."),
  supersededBy: field(Text, "L", "none", "The id that took its place."),
  validFrom: field(Instant, "L", "none", "Since when."),
  validTo: field(Instant, "L", "none", "Until when.")
}, {
  key: (one) => one.ref === undefined ? undefined : `${one.connection ?? ""}|${one.object ?? ""}|${one.ref}`,
  ordered: false
})
