/**
 * Prunes HubSpot's description to what the sandbox answers: `node tests/connectors/hubspot/write-openapi.ts FOLDER`.
 * FOLDER holds the OpenAPI files that were derived from the code of npm @hubspot/api-client (Apache-2.0).
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

type Plain = string | number | boolean | null | ReadonlyArray<Plain> | { readonly [key: string]: Plain }
interface Document {
  readonly paths: { readonly [path: string]: Plain }
  readonly components: { readonly schemas: { readonly [name: string]: Plain } }
}

/** File by file, the paths that are kept. */
const kept: ReadonlyArray<readonly [file: string, paths: RegExp]> = [
  ["crm_objects", /./],
  ["crm_contacts", /\/(merge|gdpr-delete)$/],
  ["crm_companies", /\/merge$/],
  ["crm_associations_v4", /^(?!.*usage)/],
  ["crm_properties", /./],
  ["webhooks", /./],
  ["oauth", /token$|access-tokens/]
]

const folder = process.argv[2] ?? fileURLToPath(new URL("../../../../shared/specs/hubspot", import.meta.url))
const target = fileURLToPath(new URL("../../../connectors/hubspot/sandbox/openapi.json", import.meta.url))

const paths: { [path: string]: Plain } = {}
const schemas: { [name: string]: Plain } = {}

const refs = (part: Plain): ReadonlyArray<string> =>
  [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].flatMap(([, name]) => name ?? [])

const keep = (name: string, of: Document): void => {
  const schema = of.components.schemas[name]
  if (schema === undefined) throw new Error(`there is no schema ${name}`)
  const known = schemas[name]
  if (known !== undefined) {
    if (JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are called ${name}`)
    return
  }
  schemas[name] = schema
  for (const inner of refs(schema)) keep(inner, of)
}

for (const [file, wanted] of kept) {
  const text = readFileSync(join(folder, `${file}.json`), "utf8")
  // Written by a generator of ours: its shape is known.
  const of = JSON.parse(text) as Document
  for (const [path, operations] of Object.entries(of.paths)) {
    if (!wanted.test(path)) continue
    paths[path] = operations
    for (const name of refs(operations)) keep(name, of)
  }
}

const line = ([name, part]: readonly [string, Plain]): string => `    ${JSON.stringify(name)}: ${JSON.stringify(part)}`
const block = (parts: { readonly [name: string]: Plain }): string =>
  `{\n${Object.entries(parts).sort(([a], [b]) => a < b ? -1 : 1).map(line).join(",\n")}\n  }`

const info = {
  title: "HubSpot CRM, the part that the sandbox answers",
  version: "2026-09",
  description: "Derived from the code of npm @hubspot/api-client 14.0.1, paths rewritten to 2026-09, pruned by "
    + "tests/connectors/hubspot/write-openapi.ts. Copyright HubSpot, Inc. Licensed under the Apache License 2.0.",
  license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" }
}

writeFileSync(target, `{
  "openapi": "3.0.3",
  "info": ${JSON.stringify(info)},
  "paths": ${block(paths)},
  "components": { "schemas": ${block(schemas)} }
}
`)
