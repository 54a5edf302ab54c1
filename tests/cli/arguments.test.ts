/** What is typed is understood or refused with a sentence; nothing is guessed. */
import { describe, expect, it } from "vitest"
import { list, parse, whole } from "../../cli/arguments.ts"
import { commands } from "../../cli/commands.ts"
import { commandHelp, generalHelp, usage } from "../../cli/help.ts"

const refusal = (...line: ReadonlyArray<string>): string | undefined => {
  const parsed = parse(line)
  return parsed.do === "refuse" ? parsed.message : undefined
}

describe("arguments", () => {
  it("reads options in every form", () => {
    const parsed = parse(["plan", "customer", "-o", "plan.json", "--ids=1,2, 3", "--limit", "5", "--json", "--", "--odd"])
    if (parsed.do !== "run") throw new Error("refused")
    expect(parsed.arguments.rest).toEqual(["customer", "--odd"])
    expect(parsed.arguments.text.get("output")).toBe("plan.json")
    expect(list(parsed.arguments, "ids")).toEqual(["1", "2", "3"])
    expect(whole(parsed.arguments, "limit")).toBe(5)
    expect(parsed.arguments.flags).toEqual(new Set(["json"]))
  })

  it.each([
    [["plna"], "there is no command \"plna\", did you mean \"plan\"?"],
    [["--json", "plan"], "the command comes first: see esl --help"],
    [["sync", "--swep"], "there is no option --swep, did you mean \"sweep\"?"],
    [["sync", "--limit"], "--limit needs a n"],
    [["sync", "--limit", "0"], "--limit needs a whole number above 0, not \"0\""],
    [["sync", "--sweep=yes"], "--sweep takes no value"],
    [["backfill"], "backfill needs <connection>"],
    [["status", "now"], "status does not know what to do with \"now\""]
  ])("refuses %j", (line, message) => {
    expect(refusal(...line)).toBe(message)
  })

  it("asks for help anywhere", () => {
    for (const line of [[], ["--help"], ["-h"], ["help"]]) expect(parse(line)).toEqual({ do: "help" })
    for (const line of [["help", "sync"], ["sync", "--help"], ["sync", "x", "-h"]]) {
      expect(parse(line)).toMatchObject({ do: "help", command: { name: "sync" } })
    }
  })
})

describe("help", () => {
  it("names every command, and fits a terminal", () => {
    for (const command of commands) {
      expect(generalHelp()).toContain(`\n  ${command.name.padEnd(10)}  ${command.summary}`)
      expect(commandHelp(command)).toContain(`Usage: ${usage(command)}`)
    }
    const lines = [generalHelp(), ...commands.map(commandHelp)].join("\n").split("\n")
    expect(lines.filter((line) => line.length > 120)).toEqual([])
  })
})
