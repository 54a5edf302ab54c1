/** S17, S19: a credential is a reference; printing it in any way shows its name. */
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { inlineSecret, secret } from "../../core/connector/secret.ts"

const canary = "kanarienvogel-1"
const file = join(mkdtempSync(join(tmpdir(), "esl-secret-")), "erp")
writeFileSync(file, `${canary}\n`, { mode: 0o600 })

describe("secret", () => {
  it("prints as its name", () => {
    process.env["ESL_TEST_SECRET"] = canary
    const one = secret("ESL_TEST_SECRET")
    const all = [String(one), JSON.stringify({ one }), inspect({ one }), inspect(one, { showHidden: true, depth: 9 })]
    const shown = all.join("\n")
    expect(shown).toContain("ESL_TEST_SECRET")
    expect(shown).not.toContain(canary)
  })

  it.effect("reads the environment, a file and a command, redacted", () =>
    Effect.gen(function*() {
      process.env["ESL_TEST_SECRET"] = canary
      for (const one of [secret("ESL_TEST_SECRET"), secret({ file }), secret({ command: [process.execPath, "-p", `"${canary}"`] })]) {
        const read = yield* one.read
        expect(String(read)).not.toContain(canary)
        expect(Redacted.value(read)).toBe(canary)
      }
    }))

  it.effect("says what to do when it cannot be had", () =>
    Effect.gen(function*() {
      const open = `${file}.open`
      writeFileSync(open, canary)
      chmodSync(open, 0o644)
      const sources = [secret("ESL_TEST_UNSET"), secret({ file: `${file}.none` }), secret({ file: open }), secret({ command: ["false"] })]
      const messages = yield* Effect.all(sources.map((one) => Effect.flip(one.read)))
      expect(messages.map((error) => error.message)).toEqual([
        "the environment variable ESL_TEST_UNSET is not set: set it before starting esl",
        `the secret file ${file}.none cannot be read: create it, readable by this user only`,
        `the secret file ${open} can be read by others: chmod 600 ${open}`,
        "the command false, which prints a secret, failed: run it by hand to see why"
      ])
    }))

  it.each([
    ["url", "postgres://erp:geheim@db.example/erp", true],
    ["url", "Server=db;User Id=erp;Password=geheim", true],
    ["url", "postgres://erp@db.example/erp", false],
    ["password", "geheim", true],
    ["token", "x", true],
    ["file", "erp.db", false]
  ])("%s = %s", (option, value, refused) => {
    expect(inlineSecret(option, value) !== undefined).toBe(refused)
  })
})
