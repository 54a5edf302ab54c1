/** The start of the packed command line: arguments and help in one small file. Commands stay modules of the package. */
import { defineConfig } from "rolldown"

export default defineConfig({
  input: "cli/main.ts",
  platform: "node",
  /** `import("./sync.ts")` in cli/main.ts stays an import of dist/cli/sync.js, so that core and effect are loaded once. */
  plugins: [{
    name: "commands stay modules",
    resolveDynamicImport: (specifier) =>
      typeof specifier === "string" && specifier.startsWith("./")
        ? { id: `./cli/${specifier.slice(2).replace(/\.ts$/, ".js")}`, external: "relative" }
        : null
  }],
  output: { file: "dist/esl.mjs", format: "esm" }
})
