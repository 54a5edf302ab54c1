/** What people stick on records: tags, groups and notes. The same shape in every entity. */
import { field, listOf, setOf } from "./entity.ts"
import { Instant } from "./instant.ts"
import { folded, Text, Word } from "./text.ts"

/** Tags and groups: `VIP` and `vip` are one tag. */
export const Words = setOf(Word, folded)

export const Notes = listOf("Note", {
  text: field(Text, "L", "personal", "What was noted."),
  at: field(Instant, "L", "none", "When."),
  by: field(Text, "L", "personal", "Who noted it.")
}, { key: (note) => note.text === undefined ? undefined : `${note.at ?? ""}|${note.text}`, ordered: false })
