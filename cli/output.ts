/** Where a command's words go: results to stdout, talk to stderr; colour and progress only on a terminal. */
import type { Arguments } from "./arguments.ts"

export interface Output {
  readonly json: boolean
  /** Show personal data instead of masking it. */
  readonly personal: boolean
  readonly debug: boolean
  /** Results: nothing with --json, where `data` speaks. */
  readonly line: (text?: string) => void
  /** Plain data: the whole answer of a command with --json, nothing without. */
  readonly data: (value: unknown) => void
  /** Talk. */
  readonly say: (text: string) => void
  readonly paint: Paint
  /** Columns of the terminal, or enough for a file. */
  readonly width: number
  /** stderr is a terminal: a line there may be written over. */
  readonly live: boolean
}

export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

const escape = (open: number, close: number) => (text: string): string => `\u001b[${open}m${text}\u001b[${close}m`
const plain = (text: string): string => text

const colours: Paint = {
  bold: escape(1, 22),
  dim: escape(2, 22),
  red: escape(31, 39),
  green: escape(32, 39),
  yellow: escape(33, 39)
}
const none: Paint = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain }

/** Characters of a terminal's own language do not come from a record (S15). */
export const harmless = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd")

export const outputOf = (args: Arguments): Output => {
  const json = args.flags.has("json")
  const coloured = process.stdout.isTTY && process.env["NO_COLOR"] === undefined && !json
  return {
    json,
    personal: args.flags.has("show-personal"),
    debug: args.flags.has("debug"),
    line: json ? () => undefined : (text = "") => void process.stdout.write(`${text}\n`),
    data: json ? (value) => void process.stdout.write(`${JSON.stringify(value, plainly, 2)}\n`) : () => undefined,
    say: (text) => void process.stderr.write(`${text}\n`),
    paint: coloured ? colours : none,
    width: process.stdout.isTTY ? process.stdout.columns : 160,
    live: process.stderr.isTTY
  }
}

/** Maps and sets as the objects and lists they stand for. */
export const plainly = (_key: string, value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : value
