/** A user's folder: files that make editor, compiler and program agree on what "esl" is, written only where nothing is. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"

/** The clone or the installed package: one up from cli/ and two up from dist/cli/. */
const inClone = import.meta.url.endsWith(".ts")
export const home = fileURLToPath(new URL(inClone ? ".." : "../..", import.meta.url))

/** Writes what is not there yet; says which files. */
export const writeNew = (folder: string, files: { readonly [name: string]: string }): ReadonlyArray<string> => {
  const written: Array<string> = []
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name)
    if (existsSync(file)) continue
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    written.push(name)
  }
  return written
}

const wayTo = (folder: string, path: string): string => {
  const way = relative(folder, join(home, path)).replaceAll("\\", "/")
  return way.startsWith(".") ? way : `./${way}`
}

/** Where the compiler finds "esl": an installed package is found by itself, a clone is named. */
const paths = (folder: string): object => {
  if (!inClone) return {}
  const to = (path: string): ReadonlyArray<string> => [wayTo(folder, path)]
  return {
    paths: {
      "esl": to("core/index.ts"),
      "esl/connectors": to("connectors/index.ts"),
      "esl/sandbox": to("connectors/start.ts"),
      "esl/sandboxes": to("connectors/sandboxes.ts"),
      "esl/mappings/*": to("mappings/*/index.ts"),
      "esl/*": to("core/*/index.ts"),
      "effect": to("node_modules/effect/dist/index.d.ts"),
      "effect/*": to("node_modules/effect/dist/*.d.ts")
    },
    types: ["node"],
    typeRoots: to("node_modules/@types")
  }
}

export const tsconfig = (folder: string): string => `${JSON.stringify({
  compilerOptions: {
    target: "es2024",
    lib: ["es2024"],
    module: "preserve",
    moduleResolution: "bundler",
    moduleDetection: "force",
    strict: true,
    noEmit: true,
    erasableSyntaxOnly: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    ...paths(folder)
  },
  include: ["**/*.ts"]
}, null, 2)}\n`

export const gitignore = "node_modules/\n# The hub holds personal data.\n*.db\n*.db-wal\n*.db-shm\n*.db.before-restore*\n*.db.tombstones\n*.db.key*\n.*.plan-*/\nplan*.json\n.env\n"

/** `npm run esl -- plan` works there: a clone has no command of its own, and its own Node. */
export const packageJson = (name: string, folder: string): string => {
  const esl = inClone ? `${wayTo(folder, "node_modules/.bin/node")} ${wayTo(folder, "cli/main.ts")}` : "esl"
  const scripts = { esl, check: `${esl} check`, plan: `${esl} plan`, sync: `${esl} sync` }
  return `${JSON.stringify({ name, private: true, type: "module", scripts }, null, 2)}\n`
}
