/**
 * A module loader hook that removes one rule from the product: `node --import ./tests/simulation/mutate.ts` with the
 * rule's name in ESL_MUTATION. It fails when the text to be changed is not there exactly once, so that a mutation
 * never quietly stops to mutate.
 */
import { registerHooks } from "node:module"
import { fileURLToPath } from "node:url"
import { mutations } from "./mutations.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** The source with every edit of the rule made. */
export const mutated = (rule: string, file: string, source: string): string => {
  let text = source
  for (const edit of mutations.find((one) => one.rule === rule)?.edits ?? []) {
    if (edit.file !== file) continue
    if (text.split(edit.find).length !== 2) throw new Error(`${rule}: the text is not in ${file} exactly once`)
    text = text.replace(edit.find, () => edit.replace)
  }
  return text
}

const rule = process.env["ESL_MUTATION"]
if (rule !== undefined) {
  const edits = mutations.find((one) => one.rule === rule)?.edits
  if (edits === undefined) throw new Error(`there is no mutation ${rule}`)
  const files = new Set(edits.map((edit) => edit.file))
  const met = new Set<string>()
  registerHooks({
    load: (url, context, next) => {
      const loaded = next(url, context)
      if (!url.startsWith("file:")) return loaded
      const path = fileURLToPath(url)
      const file = path.startsWith(root) ? path.slice(root.length) : path
      if (!files.has(file)) return loaded
      met.add(file)
      const { source } = loaded
      const text = typeof source === "string" ? source : new TextDecoder().decode(source ?? undefined)
      return { ...loaded, source: mutated(rule, file, text) }
    }
  })
  process.on("exit", () => {
    for (const file of files) {
      if (met.has(file)) continue
      console.error(`${rule}: ${file} was never loaded`)
      process.exitCode = 70
    }
  })
}
