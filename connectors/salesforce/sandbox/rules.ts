/** What the org takes and what it refuses, in the vendor's own words and codes: one record at a time. */
import type { Json } from "../../../core/model/value.ts"
import { isId, to18 } from "../ids.ts"
import type { Org, Row, Values } from "./org.ts"
import { orderRules } from "./orders.ts"
import { Refusal } from "./refusal.ts"
import type { Fault } from "./refusal.ts"
import {
  isAutoNumber, isCreateable, isDefaulted, isNillable, isRestricted, isUnique, isUpdateable, valuesOf
} from "./schema.ts"
import type { FieldDef, ObjectDef } from "./schema.ts"

/** Who writes, and how. */
export interface Writing {
  /** Fields that this token may not see, by object. */
  readonly hidden: (object: string) => ReadonlySet<string>
  readonly allowDuplicates: boolean
  readonly violation: (what: string) => void
  /** Fields that were there once: asking for them is no fault of the client's. */
  readonly removed: ReadonlySet<string>
  readonly currencies: ReadonlyArray<string>
  /** A rule of the org's own. */
  readonly refuses?: (object: string, values: Values) => Pick<Fault, "statusCode" | "message"> | undefined
  readonly duplicateRule: boolean
}

const list = (names: ReadonlyArray<string>): string => names.join(", ")

export const insert = (org: Org, object: string, given: Values, by: Writing): Row => {
  const def = writableObject(org, object)
  const values = checked(org, def, given, by, "create")
  ruled(object, values, by)
  const missing = [...def.fields.values()].filter((field) => isCreateable(field) && !isNillable(field)
    && !isDefaulted(field) && (values[field.name] ?? null) === null).map((field) => field.name)
  if (missing.length > 0) {
    throw new Refusal("REQUIRED_FIELD_MISSING", `Required fields are missing: [${list(missing)}]`, missing)
  }
  if (object === "Account" && def.fields.has("IsPersonAccount")) personName(values)
  unique(org, def, values, undefined)
  duplicates(org, object, values, undefined, by)
  const made = orderRules(org, object, values, undefined)
  const row = org.put(object, org.nextId(object), { ...values, ...made })
  derived(org, object, row)
  return row
}

export const update = (org: Org, object: string, id: string, given: Values, by: Writing): Row => {
  const def = writableObject(org, object)
  if (!isId(id)) throw new Refusal("MALFORMED_ID", `${object} ID: id value of incorrect type: ${id}`, ["Id"])
  const row = org.row(object, id)
  if (row === undefined || row.visibleAt > org.now()) throw new Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
  if (row.values["IsDeleted"] === true) throw new Refusal("ENTITY_IS_DELETED", "entity is deleted")
  const values = checked(org, def, given, by, "update")
  ruled(object, { ...row.values, ...values }, by)
  const emptied = Object.keys(values).filter((name) => {
    const field = def.fields.get(name)
    return field !== undefined && values[name] === null && !isNillable(field)
  })
  if (emptied.length > 0) {
    throw new Refusal("REQUIRED_FIELD_MISSING", `Required fields are missing: [${list(emptied)}]`, emptied)
  }
  unique(org, def, values, row.id)
  duplicates(org, object, values, row, by)
  const made = orderRules(org, object, values, row)
  org.change(object, row, { ...values, ...made })
  derived(org, object, row)
  return row
}

export const remove = (org: Org, object: string, id: string): void => {
  writableObject(org, object)
  const row = org.row(object, id)
  if (row === undefined || row.visibleAt > org.now()) throw new Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
  if (row.values["IsDeleted"] === true) throw new Refusal("ENTITY_IS_DELETED", "entity is deleted")
  orderRules(org, object, { IsDeleted: true }, row)
  org.bury(object, row)
  const order = object === "OrderItem" ? org.live("Order", String(row.values["OrderId"])) : undefined
  if (order !== undefined) derived(org, "Order", order)
}

const writableObject = (org: Org, object: string): ObjectDef => {
  const def = org.schema.get(object)
  if (def === undefined || ["User", "RecordType", "Organization"].includes(object)) {
    throw new Refusal("INVALID_TYPE", `sObject type '${object}' is not supported.`)
  }
  return def
}

const ruled = (object: string, values: Values, by: Writing): void => {
  const refused = by.refuses?.(object, values)
  if (refused !== undefined) throw new Refusal(refused.statusCode, refused.message)
}

/** Every value as the org will keep it. */
const checked = (org: Org, def: ObjectDef, given: Values, by: Writing, how: "create" | "update"): Values => {
  const values: Values = {}
  const closed: Array<string> = []
  for (const [name, raw] of Object.entries(given)) {
    if (name === "attributes" || (name === "Id" && raw === null)) continue
    const field = def.fields.get(name)
    if (field === undefined || by.hidden(def.name).has(name)) {
      const parent = [...def.fields.values()].find((one) => one.relationship === name)
      if (parent !== undefined && isObject(raw)) {
        values[parent.name] = referred(org, parent, raw)
        continue
      }
      if (field === undefined && !by.removed.has(`${def.name}.${name}`)) by.violation(`${def.name} has no field ${name}`)
      throw new Refusal("INVALID_FIELD", `No such column '${name}' on sobject of type ${def.name}`)
    }
    if (!(how === "create" ? isCreateable(field) : isUpdateable(field)) || isAutoNumber(field)) closed.push(name)
    else values[name] = valueFor(org, def, field, raw, by)
  }
  // On a person account the name is made of its parts.
  if ("Name" in values && def.fields.has("IsPersonAccount") && ("LastName" in values || "FirstName" in values)) closed.push("Name")
  if (closed.length > 0) {
    by.violation(`${how} of ${def.name}: ${list(closed)} cannot be written`)
    throw new Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", `Unable to create/update fields: ${list(closed)}. Please check the `
      + "security settings of this field and verify that it is read/write for your profile or permission set.", closed)
  }
  return values
}

const isObject = (json: Json): json is { readonly [name: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** A parent named by its external id instead of its id. */
const referred = (org: Org, field: FieldDef, by: { readonly [name: string]: Json }): string => {
  for (const [name, value] of Object.entries(by)) {
    if (name === "attributes") continue
    for (const parent of field.referenceTo) {
      const found = org.holder(parent, name, String(value))
      if (found !== undefined) return found.id
    }
    throw new Refusal("INVALID_FIELD", `Foreign key external ID: ${String(value)} not found for field ${name} in entity ${field.referenceTo.join(",")}`)
  }
  throw new Refusal("INVALID_FIELD", `no external id for ${field.relationship ?? field.name}`)
}

const valueFor = (org: Org, def: ObjectDef, field: FieldDef, raw: Json, by: Writing): Json => {
  if (raw === null || raw === "") {
    if (field.type === "boolean") return wrongType(field, raw, by)
    return null
  }
  switch (field.type) {
    case "boolean": return typeof raw === "boolean" ? raw : wrongType(field, raw, by)
    case "date": return typeof raw === "string" && isDate(raw) ? raw : wrongType(field, raw, by)
    case "datetime": return datetime(field, raw, by)
    case "int": case "double": case "currency": case "percent": return numberFor(field, raw, by)
    case "reference": return referenceFor(org, field, raw)
    case "picklist": return picked(def, field, raw, by)
    default: return textFor(field, raw, by)
  }
}

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

const datetime = (field: FieldDef, raw: Json, by: Writing): Json => {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)$/
  if (typeof raw !== "string" || !form.test(raw)) return wrongType(field, raw, by)
  const at = Date.parse(raw.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"))
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace("Z", "+0000")
}

const wrongType = (field: FieldDef, raw: Json, by: Writing): never => {
  by.violation(`${field.name}: ${JSON.stringify(raw).slice(0, 40)} is no ${field.type}`)
  throw new Refusal("INVALID_TYPE_ON_FIELD_IN_RECORD", `${field.name}: value not of required type: ${String(raw)}`, [field.name])
}

const numberFor = (field: FieldDef, raw: Json, by: Writing): Json => {
  if (typeof raw !== "number" || !Number.isFinite(raw)) return wrongType(field, raw, by)
  const precision = field.precision === 0 ? 10 : field.precision
  if (Math.abs(raw) >= 10 ** (precision - field.scale)) {
    throw new Refusal("NUMBER_OUTSIDE_VALID_RANGE", `${field.name}: value outside of valid range on numeric field: ${raw}`, [field.name])
  }
  return Number(raw.toFixed(field.scale))
}

const referenceFor = (org: Org, field: FieldDef, raw: Json): Json => {
  if (typeof raw !== "string" || !isId(raw)) {
    throw new Refusal("MALFORMED_ID", `${field.name}: id value of incorrect type: ${String(raw)}`, [field.name])
  }
  const id = to18(raw)
  const parents = field.referenceTo.filter((name) => org.schema.has(name))
  if (parents.length > 0 && !parents.some((name) => org.live(name, id) !== undefined)) {
    throw new Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
  }
  return id
}

const picked = (def: ObjectDef, field: FieldDef, raw: Json, by: Writing): Json => {
  if (typeof raw !== "string") return wrongType(field, raw, by)
  if (isRestricted(field) && !valuesOf(def.name, field, by.currencies).includes(raw)) {
    throw new Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", `${field.name}: bad value for restricted picklist field: ${raw}`, [field.name])
  }
  return textFor(field, raw, by)
}

const textFor = (field: FieldDef, raw: Json, by: Writing): Json => {
  if (typeof raw !== "string") return wrongType(field, raw, by)
  const text = raw.trim()
  if (text === "") return null
  if (field.length > 0 && text.length > field.length) {
    throw new Refusal("STRING_TOO_LONG", `${field.name}: data value too large: ${text.slice(0, 80)} (max length=${field.length})`, [field.name])
  }
  if (field.type === "email" && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(text)) {
    throw new Refusal("INVALID_EMAIL_ADDRESS", `${field.name}: invalid email address: ${text}`, [field.name])
  }
  return text
}

const unique = (org: Org, def: ObjectDef, values: Values, own: string | undefined): void => {
  for (const [name, value] of Object.entries(values)) {
    const field = def.fields.get(name)
    if (field === undefined || !isUnique(field) || typeof value !== "string") continue
    const holder = org.holder(def.name, name, value)
    if (holder !== undefined && holder.id !== own) {
      throw new Refusal("DUPLICATE_VALUE", `duplicate value found: ${name} duplicates value on record with id: ${holder.id}`)
    }
  }
}

/** The org's duplicate rule: one e-mail address, one person. */
const duplicates = (org: Org, object: string, values: Values, own: Row | undefined, by: Writing): void => {
  const field = object === "Contact" ? "Email" : object === "Account" ? "PersonEmail" : undefined
  const email = field === undefined ? undefined : values[field]
  if (!by.duplicateRule || by.allowDuplicates || field === undefined || typeof email !== "string") return
  const same = [...org.table(object).values()].some((row) => row !== own && row.values["IsDeleted"] !== true
    && String(row.values[field] ?? "").toLowerCase() === email.toLowerCase())
  if (same) throw new Refusal("DUPLICATES_DETECTED", "Use one of these records?")
}

const personName = (values: Values): void => {
  if (typeof values["LastName"] === "string") values["IsPersonAccount"] = true
  else if (typeof values["Name"] !== "string") {
    throw new Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"])
  }
}

/** What the system computes: names, totals. */
const derived = (org: Org, object: string, row: Row): void => {
  const { values } = row
  if (object === "Contact" || values["IsPersonAccount"] === true) {
    values["Name"] = [values["FirstName"], values["LastName"]].filter((part) => typeof part === "string").join(" ")
  }
  if (object === "Order") {
    const items = [...org.table("OrderItem").values()]
      .filter((item) => item.values["OrderId"] === row.id && item.values["IsDeleted"] !== true)
    const total = items.reduce((sum, item) => sum + Number(item.values["TotalPrice"] ?? 0), 0)
    if (values["TotalAmount"] !== total) org.change("Order", row, { TotalAmount: Number(total.toFixed(2)) }, true)
  }
  if (object === "OrderItem") {
    const order = org.live("Order", String(values["OrderId"]))
    if (order !== undefined) derived(org, "Order", order)
  }
}
