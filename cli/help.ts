/** The text of `esl --help` and `esl <command> --help`. */
import type { Argument, Command, Option } from "./commands.ts"
import { commands, general } from "./commands.ts"

const shape = (one: Argument): string => {
  const name = one.many === true ? `${one.name}...` : one.name
  return one.optional === true ? `[${name}]` : `<${name}>`
}

export const usage = (command: Command): string =>
  ["esl", command.name, ...command.arguments.map(shape), ...(command.options.length > 0 ? ["[options]"] : [])].join(" ")

const flag = (one: Option): string =>
  `${one.short === undefined ? "    " : `-${one.short}, `}--${one.name}${one.value === undefined ? "" : ` <${one.value}>`}`

const columns = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

const section = (title: string, rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", title, ...columns(rows)]

export const commandHelp = (command: Command): string => [
  command.summary,
  "",
  `Usage: ${usage(command)}`,
  ...section("Arguments", command.arguments.map((one) => [shape(one), one.doc])),
  ...section("Options", command.options.map((one) => [flag(one), one.doc])),
  ...section("General options", general.map((one) => [flag(one), one.doc])),
  ...section("Examples", command.examples)
].join("\n")

export const generalHelp = (): string => [
  "ESL brings a retailer's systems to agree, in both directions.",
  "",
  "Usage: esl <command> [arguments] [options]",
  ...section("Commands", commands.map((one) => [one.name, one.summary])),
  ...section("General options", general.map((one) => [flag(one), one.doc])),
  "",
  "Exit codes: 0 done, 1 failed, 2 records in quarantine, 3 plan stale, 4 held by a brake, 64 wrong usage",
  "esl <command> --help says more about one."
].join("\n")
