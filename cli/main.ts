#!/usr/bin/env node
/** The door of the command line: reads arguments, prints help, and loads the one command that was asked for. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { constants } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "./arguments.ts"
import type { Arguments } from "./arguments.ts"
import { commandHelp, generalHelp, usage } from "./help.ts"

const usageExit = 64

/** The runtime that commands and configs need: types stripped by Node, node:sqlite. */
const wanted = 24

const main = async (line: ReadonlyArray<string>): Promise<number> => {
  const parsed = parse(line)
  if (parsed.do === "help") {
    console.log(parsed.command === undefined ? generalHelp() : commandHelp(parsed.command))
    return 0
  }
  if (parsed.do === "version") {
    console.log(version())
    return 0
  }
  if (parsed.do === "refuse") {
    if (parsed.json) console.log(JSON.stringify({ error: { kind: "usage", message: parsed.message } }))
    console.error(`esl: ${parsed.message}${parsed.command === undefined ? "" : `\nUsage: ${usage(parsed.command)}`}`)
    return usageExit
  }
  return Number(process.versions.node.split(".")[0]) < wanted ? elsewhere(line) : run(parsed.arguments)
}

/** One import a command: nothing is loaded but what the command needs. */
const run = async (args: Arguments): Promise<number> => {
  const { execute } = await import("./run.ts")
  return execute(args)
}

/** The package brings its own Node: the same command line again, under that one. */
const elsewhere = (line: ReadonlyArray<string>): Promise<number> => {
  const node = ownNode()
  if (node === undefined) {
    console.error(`esl: Node ${process.versions.node} is too old and the package "node" is missing: install again with npm ci, or use Node ${wanted}`)
    return Promise.resolve(1)
  }
  return new Promise((done) => {
    const child = spawn(node, [fileURLToPath(import.meta.url), ...line], { stdio: "inherit" })
    // The terminal sends SIGINT to both; a supervisor sends SIGTERM to this one only.
    process.on("SIGINT", () => undefined)
    process.on("SIGTERM", () => child.kill("SIGTERM"))
    child.on("error", (error) => {
      console.error(`esl: ${node} cannot be started: ${error.message}`)
      done(1)
    })
    child.on("exit", (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

const ownNode = (): string | undefined => {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node")
  } catch {
    return undefined
  }
}

/** From the package.json above this file: one folder up from dist/esl.mjs and from cli/main.ts. */
const version = (): string => {
  const read: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  return typeof read === "object" && read !== null && "version" in read ? String(read.version) : "unknown"
}

process.exitCode = await main(process.argv.slice(2))
