/** Two entities made for the simulator: a person with a field of every merge class, and a ticket that refers to one. */
import { Consents } from "../../core/model/consent.ts"
import { Decimal } from "../../core/model/decimal.ts"
import { entity, field, listOf } from "../../core/model/entity.ts"
import type { Entity, KeyKind, Read } from "../../core/model/entity.ts"
import { Words } from "../../core/model/label.ts"
import { Text, Word } from "../../core/model/text.ts"
import { Ref } from "../../core/model/type.ts"
import { isList, isRecord } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"

const key = (kind: string): KeyKind => ({
  kind,
  paths: [kind],
  of: (read: Read) => {
    const word = read(kind)
    return typeof word === "string" ? [word.toLowerCase()] : []
  }
})

/** Draft, open, closed: the only way forward. */
export const states = ["draft", "open", "closed"] as const

/** What happened to a person: entries are added and never changed. */
const Happenings = listOf("Happening", { text: field(Text, "A", "none", "What happened.") }, {
  key: (one) => one.text,
  ordered: false
})

export const person: Entity = entity({
  name: "person",
  fields: {
    code: field(Word, "I", "none", "By which a person is recognised."),
    email: field(Word, "L", "none", "Another way to recognise a person."),
    name: field(Text, "L", "none", "A register."),
    note: field(Text, "L", "none", "A register that no system normalises."),
    phone: field(Text, "L", "none", "A register that some systems normalise."),
    city: field(Text, "L", "none", "A register that some systems normalise and some cursors do not cover."),
    limit: field(Decimal, "O", "none", "A register with an owner."),
    tags: field(Words, "S", "none", "A set."),
    stock: field(Decimal, "C", "none", "A counter."),
    events: field(Happenings, "A", "none", "An append-only list."),
    consent: field(Consents, "R", "none", "A ratchet."),
    status: field(Word, "M", "none", "A state machine.", {
      next: { draft: ["open", "closed"], open: ["closed"], closed: [] }
    })
  },
  keys: [key("code"), key("email")]
})

export const ticket: Entity = entity({
  name: "ticket",
  fields: {
    number: field(Word, "I", "none", "By which a ticket is recognised."),
    person: field(Ref, "L", "none", "Whose it is.", { references: "person" }),
    title: field(Text, "L", "none", "A register."),
    total: field(Decimal, "O", "none", "A register with an owner.")
  },
  keys: [key("number")]
})

export const entities = [person, ticket] as const

/** Elements of a list value by id; a plain text is its own id. */
export const elementsOf = (value: Json | undefined): ReadonlyMap<string, Json> => {
  const byId = new Map<string, Json>()
  if (!isList(value)) return byId
  for (const element of value) {
    const id = isRecord(element) ? element["id"] : element
    if (typeof id === "string") byId.set(id, element)
  }
  return byId
}
