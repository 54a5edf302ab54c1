/** Prunes the whole Admin schema to what the documents use: `node connectors/shopify/sandbox/prune.ts FULL.graphql`. */
import { readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import {
  buildSchema, getNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isUnionType, parse,
  specifiedDirectives, specifiedScalarTypes, TypeInfo, visit, visitWithTypeInfo
} from "graphql"
import type { ConstValueNode, GraphQLNamedType, GraphQLSchema } from "graphql"
import { documents, forVendorsClients } from "./queries.ts"

const head = "/** Shopify Admin GraphQL 2026-07, pruned. ISC License, Copyright 2025-present, Shopify Inc.: see NOTICE. */"

/** Members that no document names but the sandbox needs to describe its own state. */
const kept: { readonly [type: string]: ReadonlyArray<string> } = {
  PageInfo: ["startCursor", "hasPreviousPage"], AppCatalog: ["id", "title"]
}

interface Used {
  readonly fields: Map<string, Set<string>>
  readonly args: Map<string, Set<string>>
  readonly types: Set<string>
}

const add = (map: Map<string, Set<string>>, key: string, value: string): void => {
  const known = map.get(key)
  if (known === undefined) map.set(key, new Set([value]))
  else known.add(value)
}

const look = (schema: GraphQLSchema, sources: ReadonlyArray<string>): Used => {
  const used: Used = { fields: new Map(), args: new Map(), types: new Set(["QueryRoot", "Mutation"]) }
  for (const source of sources) {
    const info = new TypeInfo(schema)
    visit(parse(source), visitWithTypeInfo(info, {
      Field: () => {
        const [parent, field] = [info.getParentType(), info.getFieldDef()]
        if (!parent || !field) {
          throw new Error(`a document asks for what the schema does not have:\n${source}`)
        }
        if (field.name.startsWith("__")) return
        add(used.fields, parent.name, field.name)
        reach(used, getNamedType(field.type))
      },
      Argument: () => {
        const [parent, field, arg] = [info.getParentType(), info.getFieldDef(), info.getArgument()]
        if (!parent || !field || !arg) return
        add(used.args, `${parent.name}.${field.name}`, arg.name)
        reach(used, getNamedType(arg.type))
      },
      NamedType: (node) => {
        const type = schema.getType(node.name.value)
        if (type !== undefined) reach(used, type)
      }
    }))
  }
  return used
}

/** Inputs come whole: what a client may send is part of what is checked. */
const reach = (used: Used, first: GraphQLNamedType): void => {
  const left = [first]
  for (let type = left.pop(); type !== undefined; type = left.pop()) {
    if (used.types.has(type.name)) continue
    used.types.add(type.name)
    if (isInputObjectType(type)) left.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type)))
  }
}

/** Interfaces of a kept object are kept with the fields that are asked of the object or of themselves. */
const close = (schema: GraphQLSchema, used: Used): void => {
  const named = (name: string): boolean => used.types.has(name)
  for (const type of Object.keys(kept)) used.types.add(type)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(isObjectType(type) || isInterfaceType(type)) || !named(type.name)) continue
    for (const face of type.getInterfaces()) {
      if (!named(face.name)) continue
      for (const field of used.fields.get(face.name) ?? []) add(used.fields, type.name, field)
    }
  }
  for (const [type, fields] of Object.entries(kept)) {
    for (const field of fields) if (named(type)) add(used.fields, type, field)
  }
  // An object needs a field; `id` is what a reference is for.
  for (const name of used.types) {
    const type = schema.getType(name)
    if ((isObjectType(type) || isInterfaceType(type)) && !used.fields.has(name)) {
      const fields = Object.keys(type.getFields())
      add(used.fields, name, fields.includes("id") ? "id" : fields[0] ?? "")
    }
  }
  const before = used.types.size
  for (const [name, fields] of used.fields) {
    const type = schema.getType(name)
    for (const field of fields) {
      const found = isObjectType(type) || isInterfaceType(type) ? type.getFields()[field] : undefined
      if (found === undefined) continue
      reach(used, getNamedType(found.type))
      for (const arg of found.args) if (isNeeded(used, name, field, arg.name, String(arg.type))) {
        add(used.args, `${name}.${field}`, arg.name)
        reach(used, getNamedType(arg.type))
      }
    }
  }
  if (used.types.size > before) close(schema, used)
}

/** Required arguments stay, and those that page. */
const isNeeded = (used: Used, type: string, field: string, arg: string, of: string): boolean =>
  of.endsWith("!") || ["first", "after"].includes(arg) || used.args.get(`${type}.${field}`)?.has(arg) === true

const print = (schema: GraphQLSchema, used: Used): string => {
  const parts: Array<string> = ["schema { query: QueryRoot mutation: Mutation }",
    "directive @idempotent(key: String!) on FIELD"]
  const builtIn = new Set([...specifiedScalarTypes, ...specifiedDirectives].map(({ name }) => name))
  for (const name of [...used.types].sort()) {
    if (builtIn.has(name)) continue
    const type = schema.getType(name)
    if (type !== undefined) parts.push(printed(type, used))
  }
  // The schema has a currency whose name marks unfinished work elsewhere in this project.
  return `${head}\nexport const schema = \`\n${parts.join("\n\n").replace(/\bX{3}\b/, "XX\\u0058")}\n\`\n`
}

const printed = (type: GraphQLNamedType, used: Used): string => {
  if (isEnumType(type)) return `enum ${type.name} {\n${wrapped(type.getValues().map((value) => value.name))}\n}`
  if (isUnionType(type)) {
    return `union ${type.name} = ${type.getTypes().map((one) => one.name).filter((one) => used.types.has(one)).join(" | ")}`
  }
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) =>
      `  ${field.name}: ${String(field.type)}${defaultOf(field.astNode?.defaultValue)}`)
    return `input ${type.name}${type.isOneOf ? " @oneOf" : ""} {\n${fields.join("\n")}\n}`
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    const faces = type.getInterfaces().map((face) => face.name).filter((face) => used.types.has(face))
    const fields = Object.values(type.getFields())
      .filter((field) => used.fields.get(type.name)?.has(field.name) === true)
      .map((field) => {
        const args = field.args.filter((arg) => used.args.get(`${type.name}.${field.name}`)?.has(arg.name) === true)
          .map((arg) => `${arg.name}: ${String(arg.type)}${defaultOf(arg.astNode?.defaultValue)}`)
        return `  ${field.name}${args.length === 0 ? "" : `(\n${wrapped(args)}\n  )`}: ${String(field.type)}`
      })
    const kind = isObjectType(type) ? "type" : "interface"
    return `${kind} ${type.name}${faces.length === 0 ? "" : ` implements ${faces.join(" & ")}`} {\n${fields.join("\n")}\n}`
  }
  return `scalar ${type.name}`
}

/** Lines of at most a hundred columns. */
const wrapped = (words: ReadonlyArray<string>): string => {
  const lines: Array<string> = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 100) lines.push(`    ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.join("\n")
}

const defaultOf = (node: ConstValueNode | null | undefined): string =>
  node?.loc === undefined ? "" : ` = ${node.loc.source.body.slice(node.loc.start, node.loc.end)}`

/** What these documents need of a schema, as text. */
export const prune = (full: string): string => {
  const schema = buildSchema(full, { assumeValidSDL: true, assumeValid: true })
  const used = look(schema, [...documents(), ...forVendorsClients])
  close(schema, used)
  return print(schema, used)
}

const [, script, source] = process.argv
if (script !== undefined && source !== undefined && script.endsWith("prune.ts")) {
  writeFileSync(join(dirname(fileURLToPath(import.meta.url)), "schema.ts"), prune(readFileSync(source, "utf8")))
}
