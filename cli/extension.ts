/** Writes a mapping that adds the retailer's own fields of one resource to its stock mapping. */
import type { ColumnInfo, ResourceInfo } from "../core/connector/connector.ts"

interface Guess {
  readonly words: RegExp
  /** What the column delivers. */
  readonly schema: string
  /** Absent: text. */
  readonly codec?: string
}

/** Words in the types of vendors' custom fields. The first that fits; none: it is listed in a comment. */
const guesses: ReadonlyArray<Guess> = [
  { words: /^list|json|rich|reference|file|geo|base64|address|location|rating|dimension|volume|weight|money/, schema: "" },
  { words: /bool|checkbox/, schema: "S.Union([S.Boolean, S.String])", codec: "boolean({ true: \"true\", false: \"false\" })" },
  { words: /date_?time/, schema: "S.String", codec: "instant()" },
  { words: /^date/, schema: "S.String", codec: "localDate()" },
  { words: /int|number|decimal|double|float|currency|percent/, schema: "S.Union([S.Number, S.String])", codec: "decimal()" },
  { words: /^multi/, schema: "" },
  { words: /text|string|picklist|enum|select|url|phone|email|id|color|radio/, schema: "S.String" }
]

const guessOf = (column: ColumnInfo): Guess | undefined => {
  const guess = guesses.find(({ words }) => words.test(column.type.toLowerCase()))
  return guess?.schema === "" ? undefined : guess
}

/** `metafields.crm.vip_level` becomes `vipLevel`, `VIP_Level__c` too. */
const nameOf = (column: string): string => {
  const last = column.replace(/__c$/i, "").split(".").pop() ?? column
  const words = last.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/).filter((word) => word !== "").map((word) => word.toLowerCase())
  const name = words.map((word, at) => at === 0 ? word : `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join("")
  return /^[a-z]/.test(name) ? name : `field${name}`
}

/** Names by column; two columns of one name are told apart by a number. */
const named = (columns: ReadonlyArray<ColumnInfo>): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const { name } of columns) {
    const wanted = nameOf(name)
    let free = wanted
    for (let n = 2; taken.has(free); n++) free = `${wanted}${n}`
    taken.add(free)
    names.set(name, free)
  }
  return names
}

export const extension = (resource: ResourceInfo, stock: NonNullable<ResourceInfo["stock"]>, connection: string): string => {
  const own = resource.columns.filter((column) => column.custom === true)
  const mapped = own.flatMap((column) => {
    const guess = guessOf(column)
    return guess === undefined ? [] : [{ column, guess }]
  })
  const used = `// In esl.config.ts: ${connection}.${resource.name}.as(${stock.name})`
  if (mapped.length === 0) {
    return [`// ${resource.name} on ${connection} has no fields of your own that a stub can map: the stock mapping is all.`,
      `export { ${stock.name} } from ${JSON.stringify(stock.from)}`, ...left(own, mapped.map(({ column }) => column)), used]
      .join("\n")
  }
  const names = named(mapped.map(({ column }) => column))
  const codecs = [...new Set(mapped.flatMap(({ guess }) => guess.codec?.replace(/\(.*/, "") ?? []))].sort()
  return [
    `/** Your own fields of ${resource.name} on ${connection}, added to the stock mapping. Leave out what nobody needs. */`,
    "import { Schema as S } from \"effect\"",
    ...codecs.length === 0 ? [] : [`import { ${codecs.join(", ")} } from "esl/mapping"`],
    `import { ${stock.name} as stock } from ${JSON.stringify(stock.from)}`,
    "",
    "const Own = S.Struct({",
    mapped.map(({ column, guess }) => `  ${JSON.stringify(column.name)}: S.NullOr(${guess.schema})`).join(",\n"),
    "})",
    "",
    `export const ${stock.name} = stock.with(Own, ({ ${[
      "field", ...mapped.some(({ column }) => !column.writable) ? ["readOnly"] : []].join(", ")} }) => ({`,
    mapped.map(({ column, guess }) => `  "custom.${names.get(column.name) ?? ""}": ${fieldOf(column, guess)}`).join(",\n"),
    "}))",
    ...left(own, mapped.map(({ column }) => column)),
    "",
    used
  ].join("\n")
}

const fieldOf = (column: ColumnInfo, { codec }: Guess): string => {
  const field = `field(${JSON.stringify(column.name)}${codec === undefined ? "" : `, ${codec}`})`
  return column.writable ? field : `readOnly(${field})`
}

const left = (own: ReadonlyArray<ColumnInfo>, mapped: ReadonlyArray<ColumnInfo>): ReadonlyArray<string> => {
  const rest = own.filter((column) => !mapped.includes(column))
  return rest.length === 0 ? [] : ["", "// Not mapped, write a codec for them if they are needed:",
    ...rest.map(({ name, type }) => `//   ${name} (${type})`)]
}
