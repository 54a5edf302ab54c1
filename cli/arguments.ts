/** Reads a command line against the table of commands. Knows nothing about what commands do. */
import { didYouMean } from "../core/config/fault.ts"
import type { Command, Option } from "./commands.ts"
import { commands, general } from "./commands.ts"

/** What was typed, checked against the command's table. */
export interface Arguments {
  readonly command: Command
  readonly rest: ReadonlyArray<string>
  readonly text: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
}

export type Parsed =
  | { readonly do: "run"; readonly arguments: Arguments }
  | { readonly do: "help"; readonly command?: Command }
  | { readonly do: "version" }
  | { readonly do: "refuse"; readonly message: string; readonly command?: Command; readonly json: boolean }

export const parse = (line: ReadonlyArray<string>): Parsed => {
  const [first, ...others] = line
  const json = line.includes("--json")
  if (first === undefined || first === "--help" || first === "-h") return { do: "help" }
  if (first === "--version" || first === "-v") return { do: "version" }
  if (first === "help") {
    const asked = commands.find((one) => one.name === others[0])
    return asked === undefined ? { do: "help" } : { do: "help", command: asked }
  }
  const command = commands.find((one) => one.name === first)
  if (command === undefined) {
    const what = first.startsWith("-") ? "the command comes first" : `there is no command "${first}"`
    return { do: "refuse", json, message: `${what}${didYouMean(first, commands.map((one) => one.name)) || ": see esl --help"}` }
  }
  return options(command, others, json)
}

const options = (command: Command, line: ReadonlyArray<string>, json: boolean): Parsed => {
  const known = [...command.options, ...general]
  const refuse = (message: string): Parsed => ({ do: "refuse", message, command, json })
  const rest: Array<string> = []
  const text = new Map<string, string>()
  const flags = new Set<string>()
  for (let at = 0; at < line.length; at++) {
    const word = line[at] ?? ""
    if (word === "--") {
      rest.push(...line.slice(at + 1))
      break
    }
    if (!word.startsWith("-") || word === "-") {
      rest.push(word)
      continue
    }
    const cut = word.indexOf("=")
    const name = cut < 0 ? word : word.slice(0, cut)
    const option = known.find((one) => name === `--${one.name}` || name === `-${one.short}`)
    if (option === undefined) {
      return refuse(`there is no option ${name}${didYouMean(name.replace(/^-+/, ""), known.map((one) => one.name))}`)
    }
    if (option.value === undefined) {
      if (cut >= 0) return refuse(`${name} takes no value`)
      flags.add(option.name)
      continue
    }
    const value = cut >= 0 ? word.slice(cut + 1) : line[++at]
    const fault = valueFault(option, name, value)
    if (fault !== undefined) return refuse(fault)
    text.set(option.name, value ?? "")
  }
  if (flags.has("help")) return { do: "help", command }
  return counted(command, rest, refuse) ?? { do: "run", arguments: { command, rest, text, flags } }
}

const valueFault = (option: Option, name: string, value: string | undefined): string | undefined => {
  if (value === undefined || value === "") return `${name} needs a ${option.value ?? "value"}`
  return option.number === true && !/^[1-9]\d*$/.test(value) ? `${name} needs a whole number above 0, not "${value}"` : undefined
}

const counted = (
  command: Command,
  rest: ReadonlyArray<string>,
  refuse: (message: string) => Parsed
): Parsed | undefined => {
  const needed = command.arguments.filter((one) => one.optional !== true)
  if (rest.length < needed.length) return refuse(`${command.name} needs ${needed.map((one) => `<${one.name}>`).join(" ")}`)
  const many = command.arguments.some((one) => one.many === true)
  return many || rest.length <= command.arguments.length
    ? undefined
    : refuse(`${command.name} does not know what to do with "${rest[command.arguments.length] ?? ""}"`)
}

/** A comma-separated option. */
export const list = (args: Arguments, name: string): ReadonlyArray<string> | undefined =>
  args.text.get(name)?.split(",").map((one) => one.trim()).filter((one) => one !== "")

export const whole = (args: Arguments, name: string): number | undefined => {
  const text = args.text.get(name)
  return text === undefined ? undefined : Number(text)
}
