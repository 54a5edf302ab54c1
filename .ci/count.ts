/** Adds up vitest's JSON results and prints the closing line `N passed, N failed, N skipped`. */
import { readFileSync } from "node:fs"

interface Results {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

const results = process.argv.slice(2).map((file): Results => JSON.parse(readFileSync(file, "utf8")))
const sum = (count: (one: Results) => number) => results.reduce((total, one) => total + count(one), 0)
const failed = sum((one) => one.numFailedTests)
console.log(`${sum((one) => one.numPassedTests)} passed, ${failed} failed, ${sum((one) => one.numPendingTests + one.numTodoTests)} skipped`)
process.exitCode = failed === 0 ? 0 : 1
