/** Test runner: everything in tests/, with "esl" meaning this clone. */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^esl$/, replacement: here("core/index.ts") },
      { find: /^esl\/connectors$/, replacement: here("connectors/index.ts") },
      { find: /^esl\/sandboxes$/, replacement: here("connectors/sandboxes.ts") },
      { find: /^esl\/mappings\/([a-z][a-z0-9-]*)$/, replacement: here("mappings") + "/$1/index.ts" },
      { find: /^esl\/(model|mapping|testing)$/, replacement: here("core") + "/$1/index.ts" }
    ]
  },
  test: {
    include: ["tests/**/*.test.ts"],
    // Generous: suites start processes and servers, and a machine may be busy. No test measures time.
    testTimeout: 300_000,
    hookTimeout: 120_000
  }
})
