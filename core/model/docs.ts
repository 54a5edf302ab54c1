/** Renders the table of every field for docs/model.md: what the code declares and nothing else. */
import type { AttributeSpec, Entity, FieldSpec, KeyKind } from "./entity.ts"
import type { ValueType } from "./type.ts"

/** The markers between which the table stands. */
export const tableStart = "<!-- fields: generated, do not edit -->"
export const tableEnd = "<!-- end of fields -->"

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.map(cell).join(" | ")} |`

const head = [row("Field", "Type", "Merge", "PII", "The same", "What it means"), row(...Array<string>(6).fill("---"))]

const fieldRow = (path: string, spec: FieldSpec | AttributeSpec): string => {
  const within = spec.within === undefined ? "" : ` ${spec.within}[]`
  const target = spec.references === undefined ? "" : ` → ${spec.references}${within}`
  const type = `${spec.type?.name ?? "?"}${target}`
  return row(`\`${path}\``, type, spec.merge ?? "L", spec.pii, spec.type?.sameness ?? "?", spec.doc ?? "?")
}

const fieldRows = (path: string, spec: FieldSpec): ReadonlyArray<string> => [
  fieldRow(path, spec),
  ...Object.entries(spec.list?.elements ?? {}).map(([name, attribute]) => fieldRow(`${path}[].${name}`, attribute))
]

/** `title.` stands for one field a locale, `custom.` for one a name. */
const familyPath = (prefix: string): string => `${prefix}${prefix === "custom." ? "<name>" : "<locale>"}`

const keyWords = (key: KeyKind): string => `\`${key.kind}\`${key.onRequest === true ? " (if `match` names it)" : ""}`

const entitySection = (entity: Entity): string => [
  `### ${entity.name}`,
  "",
  ...head,
  ...[...entity.fields].flatMap(([path, spec]) => fieldRows(path, spec)),
  ...[...entity.families].map(([prefix, spec]) => fieldRow(familyPath(prefix), spec)),
  "",
  `Recognised by: ${entity.keys.map(keyWords).join(", ")}.`
].join("\n")

const typesOf = (entity: Entity): ReadonlyArray<ValueType> =>
  [...entity.fields.values(), ...entity.families.values()].flatMap((spec) => [
    spec.type,
    ...Object.values(spec.list?.elements ?? {}).map((attribute) => attribute.type)
  ]).filter((type) => type !== undefined)

const typeSection = (entities: ReadonlyArray<Entity>): string => {
  // Closed lists of words are their own description.
  const named = entities.flatMap(typesOf).filter((type) => !type.name.startsWith("`"))
  const types = new Map(named.map((type) => [type.name, type]))
  const rows = [...types.values()].sort((a, b) => a.name < b.name ? -1 : 1)
    .map((type) => row(type.name, type.doc, type.sameness))
  return [
    "### Types",
    "",
    row("Type", "Canonical form", "Two values are the same"),
    row(...Array<string>(3).fill("---")),
    ...rows,
    "",
    "A closed list of words is one of the words as it stands."
  ].join("\n")
}

/** Everything between the markers. */
export const fieldTable = (entities: ReadonlyArray<Entity>): string =>
  [...entities.map(entitySection), typeSection(entities)].join("\n\n")

/** The page with its table renewed; undefined if the markers are missing. */
export const withTable = (page: string, entities: ReadonlyArray<Entity>): string | undefined => {
  const [before, rest, ...more] = page.split(tableStart)
  const after = rest?.split(tableEnd)[1]
  if (before === undefined || after === undefined || more.length > 0) return undefined
  return `${before}${tableStart}\n${fieldTable(entities)}\n${tableEnd}${after}`
}
