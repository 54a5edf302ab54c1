/** A reference to a credential: a config names it, only the connector that needs it reads it (S17, S19). */
import { execFile } from "node:child_process"
import { readFile, stat } from "node:fs/promises"
import { inspect } from "node:util"
import { Effect, Redacted, Schema } from "effect"

/** Where a credential is kept. A command is run without a shell and prints the credential. */
export type SecretSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly command: ReadonlyArray<string> }

/** The credential cannot be had; `message` says what to do and never contains it. */
export class SecretMissing extends Schema.TaggedError<SecretMissing>()("SecretMissing", { message: Schema.String }) {}

/** Prints as its name everywhere. The value comes from `read` alone, redacted. */
export class Secret {
  readonly source: SecretSource
  /** What `esl check` shows: `ERP_URL`, `file /run/secrets/erp`, `command pass`. */
  readonly name: string
  constructor(source: SecretSource) {
    this.source = source
    this.name = "env" in source ? source.env : "file" in source ? `file ${source.file}` : `command ${source.command[0] ?? ""}`
  }
  /** Looked up each time, so that a rotated credential is picked up by the next connection. */
  get read(): Effect.Effect<Redacted.Redacted, SecretMissing> {
    return Effect.flatMap(fetchText(this.source), (text) =>
      text === "" ? Effect.fail(new SecretMissing({ message: `the secret ${this.name} is empty` })) : Effect.succeed(Redacted.make(text)))
  }
  toString(): string {
    return `<secret ${this.name}>`
  }
  toJSON(): string {
    return this.toString()
  }
  [inspect.custom](): string {
    return this.toString()
  }
}

/** `secret("ERP_URL")` is an environment variable; `secret({ file })` and `secret({ command })` are the other places. */
export const secret = (source: string | SecretSource): Secret =>
  new Secret(typeof source === "string" ? { env: source } : source)

const fetchText = (source: SecretSource): Effect.Effect<string, SecretMissing> => {
  if ("env" in source) {
    const text = process.env[source.env]
    return text === undefined
      ? Effect.fail(new SecretMissing({ message: `the environment variable ${source.env} is not set: set it before starting esl` }))
      : Effect.succeed(text)
  }
  return "file" in source ? fromFile(source.file) : fromCommand(source.command)
}

const fromFile = (file: string): Effect.Effect<string, SecretMissing> =>
  Effect.tryPromise({
    try: async () => ({ mode: (await stat(file)).mode, text: await readFile(file, "utf8") }),
    catch: () => new SecretMissing({ message: `the secret file ${file} cannot be read: create it, readable by this user only` })
  }).pipe(Effect.flatMap(({ mode, text }) =>
    // Windows has no such bits; stat shows 0666 there.
    process.platform !== "win32" && (mode & 0o077) !== 0
      ? Effect.fail(new SecretMissing({ message: `the secret file ${file} can be read by others: chmod 600 ${file}` }))
      : Effect.succeed(text.trimEnd())))

const commandTimeoutMs = 30_000
const fromCommand = ([program, ...args]: ReadonlyArray<string>): Effect.Effect<string, SecretMissing> =>
  program === undefined
    ? Effect.fail(new SecretMissing({ message: "the secret's command is empty: name a program that prints the secret" }))
    : Effect.callback<string, SecretMissing>((resume) => {
      execFile(program, args, { timeout: commandTimeoutMs, encoding: "utf8" }, (error, stdout) => {
        // The command's own output may hold the secret: none of it goes into the message.
        resume(error === null
          ? Effect.succeed(stdout.trimEnd())
          : Effect.fail(new SecretMissing({ message: `the command ${program}, which prints a secret, failed: run it by hand to see why` })))
      })
    })

/** A part of a config that looks like a credential written down: refused by `esl check` (S17). */
export const inlineSecret = (option: string, value: unknown): string | undefined => {
  if (typeof value !== "string" || value === "") return undefined
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/@\s]*:[^/@\s]+@/i.test(value)) {
    return `the password inside ${option} is written down: put the whole address into secret("...")`
  }
  if (/(?:^|[;&?\s])(?:password|pwd)\s*=\s*[^;&\s]+/i.test(value)) {
    return `the password inside ${option} is written down: put the whole text into secret("...")`
  }
  return /(?:password|passwd|token|secret|apikey|api_key|privatekey)$/i.test(option)
    ? `${option} is written down: use secret("...") instead`
    : undefined
}
