/** Whatever stops a command as one clear sentence and an exit code; never a stack trace unless --debug. */
import { Schema } from "effect"
import type { Fault } from "../core/index.ts"
import type { Output } from "./output.ts"

/** Wrong usage that the table of commands cannot see: exit 64. */
export class Wrong extends Schema.TaggedError<Wrong>()("Wrong", { message: Schema.String }) {}

/** The command cannot go on; `message` says what to do: exit 1. */
export class Stopped extends Schema.TaggedError<Stopped>()("Stopped", { message: Schema.String }) {}

/** The config has faults: all of them, exit 1. */
export class Faulty extends Schema.TaggedError<Faulty>()("Faulty", {
  file: Schema.String,
  faults: Schema.Array(Schema.Struct({ at: Schema.String, message: Schema.String })),
  warnings: Schema.Array(Schema.Struct({ at: Schema.String, message: Schema.String }))
}) {
  override get message(): string {
    const n = this.faults.length
    return `${this.file} has ${n} ${n === 1 ? "fault" : "faults"}`
  }
}

export const exits = { done: 0, failed: 1, quarantined: 2, stale: 3, held: 4, usage: 64, interrupted: 130 } as const

const usageTags = ["Wrong", "Usage"]
/** Errors that were made to be read by a person. */
const spoken = ["Wrong", "Usage", "Stopped", "ConnectorError", "StoreError", "PageFailed", "OtherAccount", "SecretMissing"]

export const fail = (out: Output, error: unknown): number => {
  if (error instanceof Faulty) return faulty(out, error)
  const tag = tagOf(error)
  const message = sentence(error, tag)
  const kind = usageTags.includes(tag) ? "usage" : "failed"
  out.data({ error: { kind, message } })
  out.say(`esl: ${message}`)
  if (out.debug && error instanceof Error) out.say(error.stack ?? "")
  return exits[kind]
}

const faulty = (out: Output, error: Faulty): number => {
  out.data({ error: { kind: "config", message: error.message, faults: error.faults, warnings: error.warnings } })
  out.say(`esl: ${error.message}`)
  for (const fault of error.faults) out.say(faultLine(fault))
  return exits.failed
}

export const faultLine = (fault: Fault): string => `  ${fault.at === "" ? "" : `${fault.at}: `}${fault.message}`

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error ? String(error._tag) : ""

const system: { readonly [code: string]: string } = {
  ENOSPC: "the disk is full: free some space and run again",
  EACCES: "the file may not be read or written by this user",
  EPERM: "the file may not be read or written by this user",
  EROFS: "the disk is read-only",
  ENOENT: "there is no such file or folder",
  EISDIR: "this is a folder, not a file",
  EMFILE: "too many files are open"
}

const sentence = (error: unknown, tag: string): string => {
  if (!(error instanceof Error)) return `something unexpected happened: ${String(error)}`
  if (spoken.includes(tag)) return error.message
  const code = "code" in error ? String(error.code) : ""
  const known = system[code]
  if (known !== undefined) return `${"path" in error ? `${String(error.path)}: ` : ""}${known}`
  return `something unexpected happened: ${error.message} (run again with --debug and report it)`
}
