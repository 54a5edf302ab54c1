/** Makes a user's config share this program's modules: "esl" and "effect" mean the ones that are running. */
import { registerHooks } from "node:module"

/** `.ts` in the clone, `.js` in the package. */
const ending = import.meta.url.endsWith(".ts") ? ".ts" : ".js"
const doors: { readonly [specifier: string]: string } = {
  "esl": "../core/index",
  "esl/model": "../core/model/index",
  "esl/mapping": "../core/mapping/index",
  "esl/testing": "../core/testing/index",
  "esl/connectors": "../connectors/index",
  "esl/sandbox": "../connectors/start",
  "esl/sandboxes": "../connectors/sandboxes"
}

/** `esl/mappings/shopify`: the stock mappings of one system. */
const stock = (specifier: string): string | undefined => {
  const system = /^esl\/mappings\/([a-z][a-z0-9-]*)$/.exec(specifier)?.[1]
  return system === undefined ? undefined : `../mappings/${system}/index`
}

/** Two copies of core or effect would not know each other's classes. Called once, before a config is loaded. */
export const shareModules = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const door = doors[specifier] ?? stock(specifier)
      if (door !== undefined) return { url: new URL(door + ending, import.meta.url).href, shortCircuit: true }
      if (specifier === "effect" || specifier.startsWith("effect/")) {
        return next(specifier, { ...context, parentURL: import.meta.url })
      }
      const found = next(specifier, context)
      // npm init writes "type": "commonjs"; a config is a module all the same.
      return /^file:(?!.*\/node_modules\/).*\.ts$/.test(found.url) ? { ...found, format: "module-typescript" } : found
    }
  })
}
