/** The house rules, enforced: who may import what, sizes, names, globals, secrets. Rules and reasons: docs/architecture.md. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { fileURLToPath } from "node:url"
import { parseAst } from "rolldown/parseAst"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("..", import.meta.url))
/** What git would keep: tracked and new files, nothing ignored. */
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\n").filter((file) => file !== "")
const text = new Map(files.filter((file) => /\.(ts|md|json|sh|sql|yml|yaml|toml)$|^\.ci\//.test(file)).flatMap((file) => {
  try {
    return [[file, readFileSync(join(root, file), "utf8")] as const]
  } catch {
    return [] // deleted, but still in the index
  }
}))
const sources = [...text.keys()].filter((file) => file.endsWith(".ts"))

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}
const isNode = (x: unknown): x is Node => typeof x === "object" && x !== null && "type" in x && typeof x.type === "string"
const children = (node: Node): ReadonlyArray<Node> =>
  Object.values(node).flatMap((value) => Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [])
const walk = (node: Node, visit: (node: Node) => void): void => {
  visit(node)
  for (const child of children(node)) walk(child, visit)
}
const parsed = new Map<string, Node>()
const parse = (file: string, code = text.get(file) ?? ""): Node => {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const tree: unknown = parseAst(code, { lang: "ts" }, file)
  if (!isNode(tree)) throw new Error(`${file} does not parse`)
  parsed.set(file, tree)
  return tree
}

interface Import {
  readonly from: string
  readonly names: ReadonlyArray<string>
  readonly typeOnly: boolean
}
const literal = (x: unknown): string | undefined => isNode(x) && typeof x["value"] === "string" ? x["value"] : undefined
const nameOf = (x: unknown): string => isNode(x) ? typeof x["name"] === "string" ? x["name"] : literal(x) ?? "" : ""
const importsOf = (tree: Node): ReadonlyArray<Import> => {
  const found: Array<Import> = []
  walk(tree, (node) => {
    const from = literal(node["source"])
    if (from === undefined) return
    const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : []
    const kind = node["importKind"] ?? node["exportKind"]
    const values = specifiers.filter((one) => one["importKind"] !== "type" && one["exportKind"] !== "type")
    found.push({
      from,
      names: (kind === "type" ? specifiers : values).map((one) =>
        one.type === "ImportNamespaceSpecifier" ? "*" : one.type === "ImportDefaultSpecifier" ? "default" : nameOf(one["imported"] ?? one["local"])),
      typeOnly: kind === "type" || (specifiers.length > 0 && values.length === 0)
    })
  })
  return found
}

/** Folder of the table in docs/architecture.md that a file belongs to. */
const room = (file: string): string => {
  const parts = file.split("/")
  if (parts[0] === "core") {
    if (parts.length === 2 || parts[1] === "config") return "core"
    return parts[1] === "io" && parts[2] === "sql" ? "core/io/sql" : `core/${parts[1]}`
  }
  return parts[0] === "connectors" || parts[0] === "mappings" ? parts.slice(0, parts.length > 2 ? 2 : 1).join("/") : parts[0] ?? ""
}
const pure = new Set(["core/model", "core/mapping", "core/sync"])
/** Rooms of this repo that a room may import besides itself. */
const mayImport = (from: string, to: string): boolean => {
  const table: { readonly [room: string]: ReadonlyArray<string> } = {
    "core/model": [],
    "core/mapping": ["core/model"],
    "core/sync": ["core/model", "core/mapping", "core/connector:types"],
    "core/connector": ["core/model", "core/mapping", "core/io", "core/io/sql:types"],
    "core/io": [],
    "core/io/sql": ["core/io"],
    "core/hub": ["core/model", "core/sync", "core/connector:types", "core/io/sql", "core/mapping:types"],
    "core/engine": ["core/model", "core/mapping", "core/sync", "core/connector", "core/hub", "core/io", "core/io/sql"],
    "core/testing": ["core/model", "core/mapping", "core/sync", "core/connector", "core/hub", "core/engine"],
    "core": ["core/model", "core/mapping", "core/sync", "core/connector", "core/hub", "core/engine"],
    "cli": ["core", "core/engine", "core/testing", "core/hub", "core/sync", "core/model", "core/mapping:types", "core/connector"],
    "connectors": []
  }
  if (from === to) return true
  if (from.startsWith("connectors/")) return ["core/connector", "core/io", "core/io/sql", "core/model:types", "core/mapping:types"].includes(to)
  if (from === "connectors") return to.startsWith("connectors/") || to === "core/connector"
  if (from.startsWith("mappings")) return to === "core/model" || to === "core/mapping" || to.startsWith("connectors/")
  if (["tests", "bench", "examples", "vitest.config.ts", "rolldown.config.ts"].includes(from)) return true
  return (table[from] ?? []).includes(to)
}
const typesAllowed = (from: string, to: string): boolean =>
  mayImport(from, to) || mayImport(from, `${to}:types`) ||
  (from.startsWith("connectors/") && (to === "core/model" || to === "core/mapping"))

/** Libraries that live in exactly these places; replacing one is a change of one place. */
const homes: { readonly [library: string]: RegExp } = {
  axios: /^core\/io\/http\.ts$/,
  "p-queue": /^core\/io\/lane\.ts$/,
  oauth4webapi: /^core\/connector\/auth\/oauth\.ts$/,
  "node-cron": /^core\/io\/tick\.ts$/,
  "pg-boss": /^core\/io\/queue\.ts$/,
  kysely: /^(core\/io\/sql|core\/hub|connectors\/sql)\//,
  pg: /^core\/io\/sql\//,
  mysql2: /^core\/io\/sql\//,
  tedious: /^core\/io\/sql\//,
  tarn: /^core\/io\/sql\//,
  "node:sqlite": /^(core\/io\/sql|core\/hub)\//,
  "libphonenumber-js": /^core\/model\/[a-z]+\.ts$/,
  "i18n-iso-countries": /^core\/model\/[a-z]+\.ts$/
}
const libraryOf = (from: string): string =>
  from.startsWith("node:") ? from : from.split("/").slice(0, from.startsWith("@") ? 2 : 1).join("/")
const product = (file: string): boolean => /^(core|connectors|mappings|cli)\//.test(file)

const lone = ["axios", "p-queue", "node-cron", "pg-boss"]
const importFaults = (file: string, tree: Node): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const home = room(file)
  for (const { from, names, typeOnly } of importsOf(tree)) {
    if (from.startsWith(".")) {
      if (!/\.(ts|json)$/.test(from) && product(file)) faults.push(`${file}: import "${from}" needs its ending`)
      const target = room(normalize(join(dirname(file), from)))
      if (!(typeOnly ? typesAllowed(home, target) : mayImport(home, target))) {
        faults.push(`${file}: ${home} may not import ${typeOnly ? "types of " : ""}${target}`)
      }
      continue
    }
    const library = libraryOf(from)
    const only = homes[library]
    if (only !== undefined && product(file) && !only.test(file)) faults.push(`${file}: ${library} is at home in ${only.source}`)
    if (lone.includes(library) && !product(file)) faults.push(`${file}: ${library} is not used outside its home`)
    if (library === "@effect/platform-node" && from === library) faults.push(`${file}: import the module, not the barrel ${library}`)
    if (pure.has(home)) {
      const harmless = only?.test(file) === true || typeOnly ||
        (library === "effect" && names.every((name) => /^(Schema|Option|Result|Predicate)/.test(name)))
      if (!harmless) faults.push(`${file}: a pure folder imports ${names.join(", ")} from "${from}"`)
    }
  }
  return faults
}

/** Names by which a pure folder would reach a clock, chance or the machine. */
const impure = new Set([
  "Date", "process", "performance", "crypto", "setTimeout", "setInterval", "queueMicrotask", "fetch", "console", "Buffer"
])
const globalFaults = (file: string, tree: Node): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const inPure = pure.has(room(file))
  walk(tree, (node) => {
    if (node.type === "MemberExpression" && nameOf(node["object"]) === "Math" && nameOf(node["property"]) === "random") {
      faults.push(`${file}: Math.random`)
    }
    const used = node.type === "MemberExpression" ? nameOf(node["object"])
      : node.type === "NewExpression" || node.type === "CallExpression" ? nameOf(node["callee"]) : ""
    if (inPure && impure.has(used)) faults.push(`${file}: ${used} in a pure folder`)
    if (used === "eval" || used === "Function") faults.push(`${file}: ${used}`)
    if (product(file) && node.type === "TSAnyKeyword") faults.push(`${file}:${lineOf(file, node.start)}: any`)
  })
  return faults
}

const lineOf = (file: string, offset: number): number => (text.get(file) ?? "").slice(0, offset).split("\n").length
/** Lines of a function that are its own: those of functions inside it count for them. */
const longFunctions = (file: string, tree: Node): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const code = text.get(file) ?? ""
  const lines = (node: Node): number => code.slice(node.start, node.end).split("\n").length
  const visit = (node: Node): number => {
    const inner = children(node).reduce((sum, child) => sum + visit(child), 0)
    const body = node["body"]
    if (!/Function/.test(node.type) || !isNode(body) || !/^(BlockStatement|FunctionBody)$/.test(body.type)) return inner
    const own = lines(node) - inner
    if (own > 70) faults.push(`${file}:${lineOf(file, node.start)}: a function of ${own} lines (70 at most)`)
    return lines(node) - 1
  }
  visit(tree)
  return faults
}

/** Tables of texts: their lines are as long as what they say. */
const tables: ReadonlyArray<string> = [
  "examples/databases/seed.ts", "examples/retail/story.ts", "tests/config/resolve.test.ts"
]
const withoutTexts = (line: string): string =>
  line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/(?![/*])(?:[^/\\]|\\.)+\/[a-z]*/g, "\"\"")
const wideLines = (file: string): ReadonlyArray<number> =>
  (text.get(file) ?? "").split("\n")
    .flatMap((line, at) => line.length > 120 && withoutTexts(line).length > 120 ? [at + 1] : [])

const bannedNames = /(^|[-_.])(utils?|helpers?|common|misc|manager|stuff)([-_.]|$)/

const inEvery = (look: (content: string) => ReadonlyArray<string>): ReadonlyArray<string> =>
  [...text].flatMap(([file, content]) => file === "package-lock.json" ? [] : look(content).map((what) => `${file}: ${what}`))

describe("tidy", () => {
  it("keeps every folder to its imports", () => {
    expect(sources.flatMap((file) => importFaults(file, parse(file)))).toEqual([])
  })

  it("keeps clocks, chance and the machine out of the pure folders", () => {
    expect(sources.flatMap((file) => globalFaults(file, parse(file)))).toEqual([])
  })

  it("keeps functions within 70 lines of their own", () => {
    const long = sources.filter((file) => !file.startsWith("tests/")).flatMap((file) => longFunctions(file, parse(file)))
    expect(long).toEqual([])
  })

  it("keeps lines within 120 columns", () => {
    const faults = sources.filter((file) => !tables.includes(file)).flatMap((file) => {
      const wide = wideLines(file)
      return wide.length === 0 ? [] : [`${file}: lines ${wide.slice(0, 8).join(", ")}`]
    })
    expect(faults).toEqual([])
  })

  it("says in the first line what a file is for", () => {
    expect(sources.filter((file) => product(file) && !/^(#!.*\n)?\/\*\*|^\/\//.test(text.get(file) ?? ""))).toEqual([])
  })

  it("names files by what they hold", () => {
    const faults = files.filter((file) => {
      const base = file.split("/").pop() ?? ""
      return bannedNames.test(base) || (file.endsWith(".ts") && /[A-Z]/.test(base))
    })
    expect(faults).toEqual([])
  })

  it("leaves nothing for later in a comment, and switches no check off", () => {
    const faults = sources.filter((file) => file !== "tests/tidy.test.ts").flatMap((file) =>
      (text.get(file) ?? "").split("\n").flatMap((line, at) => {
        if (/\b(TODO|FIXME|XXX|HACK)\b/.test(line)) return [`${file}:${at + 1}: unfinished: ${line.trim()}`]
        if (/@ts-(ignore|nocheck)/.test(line) || (/@ts-expect-error/.test(line) && !file.startsWith("tests/types/"))) {
          return [`${file}:${at + 1}: switches the compiler off`]
        }
        return /\b(describe|it|test)\.(skip|only)\b/.test(line) ? [`${file}:${at + 1}: ${line.trim()}`] : []
      }))
    expect(faults).toEqual([])
  })

  it("has no source file that nothing uses", () => {
    const used = new Set(sources.flatMap((file) => importsOf(parse(file))
      .filter(({ from }) => from.startsWith(".")).map(({ from }) => normalize(join(dirname(file), from)))))
    const doors = /^(core\/index|core\/(model|mapping|testing)\/index|connectors\/(index|sandboxes|start)|cli\/main|mappings\/[a-z-]+\/[a-z]+)\.ts$/
    expect(sources.filter((file) => product(file) && !used.has(file) && !doors.test(file))).toEqual([])
  })

  it("holds no secret (S22)", () => {
    expect(inEvery(secretsIn)).toEqual([])
  })

  it("knows only people who do not exist", () => {
    expect(inEvery(peopleIn)).toEqual([])
  })
})

const secrets: ReadonlyArray<RegExp> = [
  /-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}/,
  /\bAKIA[0-9A-Z]{16}\b/, /\bgh[pousr]_[A-Za-z0-9]{36}\b/, /\bshp(at|ca|pa|ss)_[a-fA-F0-9]{32}\b/, /\bpat-(na|eu)\d-[0-9a-f-]{36}\b/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/, /\bsk_live_[A-Za-z0-9]{16,}/, /\bAIza[0-9A-Za-z_-]{35}\b/, /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\./
]
const secretsIn = (content: string): ReadonlyArray<string> =>
  secrets.flatMap((pattern) => pattern.test(content) ? [`looks like a secret: ${pattern.source.slice(0, 24)}`] : [])

/** RFC 2606 and 6761 names only. */
const peopleIn = (content: string): ReadonlyArray<string> =>
  [...content.matchAll(/[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})\b/g)].flatMap(([whole, domain]) =>
    /(^|\.)example(\.(com|org|net))?$|\.(test|invalid|localhost|example)$/i.test(domain ?? "") ? [] : [`e-mail outside the reserved domains: ${whole}`])

describe("tidy can fail", () => {
  const faults = (file: string, code: string): ReadonlyArray<string> => {
    text.set(file, code)
    const tree: unknown = parseAst(code, { lang: "ts" }, file)
    if (!isNode(tree)) throw new Error("does not parse")
    const all = [...importFaults(file, tree), ...globalFaults(file, tree), ...longFunctions(file, tree)]
    text.delete(file)
    return all
  }
  it.each([
    ["core/sync/a.ts", `import { Effect } from "effect"`],
    ["core/sync/a.ts", `export const a = () => Date.now()`],
    ["core/model/a.ts", `export const a = () => Math.random()`],
    ["core/model/a.ts", `import { readFileSync } from "node:fs"`],
    ["core/model/a.ts", `import { b } from "../mapping/b.ts"`],
    ["core/hub/a.ts", `import type { C } from "../engine/c.ts"`],
    ["core/engine/a.ts", `export const f = () => import("../../connectors/sql/index.ts")`],
    ["connectors/sql/a.ts", `import { b } from "../shop/b.ts"`],
    ["connectors/sql/a.ts", `import { b } from "../../core/engine/b.ts"`],
    ["core/engine/a.ts", `import { Kysely } from "kysely"`],
    ["core/engine/a.ts", `import axios from "axios"`],
    ["core/engine/a.ts", `export const a: any = 1`],
    ["core/engine/a.ts", `export const f = () => {\n${"  f()\n".repeat(70)}}`]
  ])("%s: %s", (file, code) => {
    expect(faults(file, code)).toHaveLength(1)
  })
  it("finds secrets and people", () => {
    expect(secretsIn(["AKIA", "ABCDEFGHIJKLMNOP"].join(""))).toHaveLength(1)
    expect(peopleIn(["jo", "gmail.com"].join("@"))).toHaveLength(1)
    expect(peopleIn("jo@example.com, jo@shop.example")).toEqual([])
  })
})
