/** `npm run docs:capabilities`: writes docs/connectors/capabilities.md anew. */
import { mkdirSync, writeFileSync } from "node:fs"
import { capabilityPage } from "../../core/testing/contract.ts"
import { shareModules } from "../../cli/own.ts"

// Examples speak of `esl/connectors`, as an integrator does.
shareModules()
const { subjects } = await import("./subjects.ts")
mkdirSync(new URL("../../docs/connectors/", import.meta.url), { recursive: true })
writeFileSync(new URL("../../docs/connectors/capabilities.md", import.meta.url), capabilityPage(subjects))
