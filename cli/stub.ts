/** Writes a record schema and a mapping to start from for one table. What it cannot guess it lists, commented out. */
import type { ColumnInfo, ResourceInfo } from "../core/connector/connector.ts"
import { Customer, Inventory, Location, Order, Product } from "../core/model/index.ts"
import type { Entity } from "../core/model/index.ts"

export const entities: { readonly [name: string]: { readonly entity: Entity; readonly export: string } } = {
  customer: { entity: Customer, export: "Customer" },
  product: { entity: Product, export: "Product" },
  order: { entity: Order, export: "Order" },
  inventory: { entity: Inventory, export: "Inventory" },
  location: { entity: Location, export: "Location" }
}

/** Words in the names of tables, English and German. */
const tables: ReadonlyArray<readonly [entity: string, words: RegExp]> = [
  ["order", /order|auftr|bestell|sale|rechnung|invoice/],
  ["inventory", /stock|invent|lager|bestand/],
  ["product", /product|artikel|article|item|variant|ware/],
  ["location", /location|warehouse|filial|standort|store/],
  ["customer", /custom|kund|debtor|debitor|client|contact|person|user|account|adress/]
]

interface Guess {
  readonly words: RegExp
  readonly path: string
  /** Codec, if not text. */
  readonly codec?: string
}

/** Words in the names of text columns. The first that fits takes the path. */
const guesses: { readonly [entity: string]: ReadonlyArray<Guess> } = {
  customer: [
    { words: /e_?mail|^mail/, path: "email", codec: "email" },
    { words: /mobil|handy|cell/, path: "phone.mobile", codec: "e164(\"DE\")" },
    { words: /phone|(?<!ti)tel/, path: "phone.work", codec: "e164(\"DE\")" },
    { words: /^(first_?name|given_?name|fname|vorname)/, path: "name.given" },
    { words: /^(last_?name|family_?name|surname|lname|sname|nachname)/, path: "name.family" },
    { words: /company|firma|organi[sz]ation/, path: "legalName" },
    { words: /(customer|cust|kunden|kd|debtor).?(no|nr|num|number|nummer)$/, path: "number" },
    { words: /payment.?terms|zahlungsbed|zahlbed/, path: "paymentTerms" },
    { words: /loyalty|kundenkarte/, path: "loyaltyNumber" }
  ],
  product: [
    { words: /^(title|name|product_?name|bezeichnung|bez|artikelbez)/, path: "title" },
    { words: /descr|beschreib|langtext/, path: "description" },
    { words: /brand|vendor|marke|hersteller/, path: "brand" },
    { words: /tax.?(class|categ|code)|steuer.?(kl|schl|code)/, path: "taxCategory" }
  ],
  order: [
    { words: /(order|auftrags?|bestell|au).?(no|nr|num|number|nummer)$/, path: "orderNumber" },
    { words: /store|shop|mandant/, path: "store" },
    { words: /e_?mail/, path: "buyer.email", codec: "email" }
  ],
  location: [{ words: /name|bezeichnung|bez/, path: "name" }],
  inventory: []
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase()

const guessEntity = (resource: ResourceInfo): string =>
  tables.find(([, words]) => words.test(snake(resource.name)))?.[0] ?? "customer"

/** Exact integers that a double holds, booleans, and text for everything else: text loses nothing. */
const typeOf = (column: ColumnInfo): string => {
  const type = column.type.toLowerCase()
  const base = type.startsWith("bool") ? "S.Boolean"
    : /^(small|tiny|medium)?int(eger|2|4)?\b(?!.*unsigned)/.test(type) ? "S.Number"
    : "S.String"
  return column.nullable ? `S.NullOr(${base})` : base
}

const isText = (column: ColumnInfo): boolean => typeOf(column).includes("S.String")

const pascal = (name: string): string => {
  const parts = name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").split(/[^A-Za-z0-9]+/).filter((part) => part !== "")
  const joined = parts.map((part) =>
    part.charAt(0).toUpperCase() + (part === part.toUpperCase() ? part.slice(1).toLowerCase() : part.slice(1))).join("")
  return /^[A-Za-z]/.test(joined) ? joined : `Table${joined}`
}

const key = (name: string): string => /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)

export const stub = (resource: ResourceInfo, connection: string, asked: string | undefined): string => {
  const kind = asked ?? guessEntity(resource)
  const target = entities[kind]?.export ?? "Customer"
  const taken = new Map<string, { readonly column: ColumnInfo; readonly guess: Guess }>()
  const used = new Set<string>()
  for (const guess of guesses[kind] ?? []) {
    const column = resource.columns.find((one) =>
      isText(one) && !used.has(one.name) && guess.words.test(snake(one.name)))
    if (column === undefined || taken.has(guess.path)) continue
    taken.set(guess.path, { column, guess })
    used.add(column.name)
  }
  const codecs = new Set([...taken.values()].flatMap(({ guess }) =>
    guess.codec === undefined ? [] : [guess.codec.replace(/\(.*/, "")]))
  const record = pascal(resource.name)
  const mapping = record.charAt(0).toLowerCase() + record.slice(1)
  const named = mapping === record ? `${mapping}Mapping` : mapping
  const keys = resource.columns.filter((column) => column.key).map((column) => JSON.stringify(column.name))
  return [
    `/** Rows of ${resource.name} on ${connection}. Columns that are not named here stay untouched. */`,
    "import { Schema as S } from \"effect\"",
    `import { ${["mapping", ...codecs].sort().join(", ")} } from "esl/mapping"`,
    `import { ${target} } from "esl/model"`,
    "",
    `export const ${record} = S.Struct({`,
    resource.columns.map((column) => `  ${key(column.name)}: ${typeOf(column)}`).join(",\n"),
    "})",
    "",
    `export const ${named} = mapping(${record}, ${target}, (${taken.size === 0 ? "" : "{ field }"}) => ({`,
    [...taken].map(([path, { column, guess }]) =>
      `  ${key(path)}: field(${JSON.stringify(column.name)}${guess.codec === undefined ? "" : `, ${guess.codec}`})`).join(",\n"),
    "}))",
    "",
    "// Not mapped yet:",
    ...resource.columns.filter((column) => !used.has(column.name)).map((column) =>
      `//   ${column.name} (${column.type}${column.key ? ", key" : ""}${column.writable ? "" : ", read-only"})`),
    "//",
    "// In esl.config.ts:",
    `//   ${connection}.table(${JSON.stringify(resource.name)}, ${record}, { key: ${keys.length === 1 ? keys[0] : `[${keys.join(", ")}]`} }).as(${named})`
  ].join("\n")
}
