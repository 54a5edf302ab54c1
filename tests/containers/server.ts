/** Test servers: what one is, and how a server process is tied to this one's life. */
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { chown, mkdtemp, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A server that answers. */
export interface Server {
  /** How it was had: `variable`, `container`, `npm`, `machine`. */
  readonly via: string
  /** Of a database that belongs to this test file alone. */
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Why there is none: printed in one line, and the suite counts as skipped. */
export interface Missing {
  readonly missing: string
}

export const isMissing = (server: Server | Missing): server is Missing => "missing" in server

/** `ESL_TEST_SERVERS=docker` (npm, machine): only this way, and its absence is an error. */
export const forced = process.env["ESL_TEST_SERVERS"]

/** Asks the ways in order; one that is not there answers undefined. */
export const first = async (name: string, ways: ReadonlyArray<readonly [via: string, start: () => Promise<Server
  | undefined>]>): Promise<Server | Missing> => {
  const reasons: Array<string> = []
  for (const [via, start] of ways) {
    if (forced !== undefined && via !== forced && via !== "variable") continue
    try {
      const server = await start()
      if (server !== undefined) return server
    } catch (error) {
      reasons.push(`${via}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`)
    }
  }
  if (forced !== undefined) throw new Error(`no ${name} by way of ${forced}: ${reasons.join("; ")}`)
  return { missing: `${name}: no server (${reasons.length === 0 ? "none installed" : reasons.join("; ")}): suite skipped` }
}

export const freePort = (): Promise<number> => new Promise((found, failed) => {
  const server = createServer()
  server.once("error", failed)
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => typeof address === "object" && address !== null ? found(address.port) : failed(new Error("no port")))
  })
})

/** A directory of its own, owned by the user that the server runs as. */
export const home = async (user: { readonly uid: number; readonly gid: number } | undefined): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "esl-db-"))
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  return folder
}

export const discard = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 })

/** Servers refuse to run as root: `nobody` owns nothing else. */
export const unprivileged = (): { readonly uid: number; readonly gid: number } | undefined =>
  process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined

/**
 * The shell holds the read end of a pipe of ours: when this process ends, however it ends, the server gets the
 * signal.
 */
const untilWeEnd = [
  "sig=$1; shift; exec 3<&0",
  "\"$@\" </dev/null 3<&- & server=$!",
  "(read _ <&3; kill -$sig $server) >/dev/null 2>&1 & watch=$!",
  "exec 3<&-; wait $server; code=$?; kill $watch 2>/dev/null; exit $code"
].join("\n")

/** Starts a server and waits for a line of its log. */
export const serve = (
  signal: "INT" | "TERM", ready: RegExp, program: string, args: ReadonlyArray<string>,
  user: { readonly uid: number; readonly gid: number } | undefined
): Promise<() => Promise<void>> => new Promise((started, failed) => {
  const child = spawn("/bin/sh", ["-c", untilWeEnd, "sh", signal, program, ...args],
    { ...user, detached: true, stdio: ["pipe", "pipe", "pipe"] })
  const ended = new Promise<void>((done) => child.once("close", () => done()))
  const stop = async (): Promise<void> => {
    child.stdin.end()
    await ended
  }
  let log = ""
  const timer = setTimeout(() => {
    void stop()
    failed(new Error(`${program} did not start within a minute: ${log.slice(-300)}`))
  }, 60_000)
  const hear = (chunk: Buffer): void => {
    if (log.length < 100_000) log += chunk.toString()
    if (!ready.test(log)) return
    clearTimeout(timer)
    // A test process may end while its server runs: the pipe ends the server.
    for (const stream of [child.stdout, child.stderr]) stream.off("data", hear).resume()
    started(stop)
  }
  child.stdout.on("data", hear)
  child.stderr.on("data", hear)
  child.once("error", failed)
  child.once("close", (code) => {
    clearTimeout(timer)
    failed(new Error(`${program} ended with ${code}: ${log.trim().split("\n").at(-1) ?? ""}`))
  })
})

/** Runs a program to its end. */
export const execute = (program: string, args: ReadonlyArray<string>,
  user?: { readonly uid: number; readonly gid: number }): Promise<void> =>
  new Promise((done, failed) => {
    const child = spawn(program, args, { ...user, stdio: ["ignore", "ignore", "pipe"] })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => said = (said + chunk.toString()).slice(-500))
    child.once("error", failed)
    child.once("close", (code) => code === 0 ? done() : failed(new Error(`${program} ended with ${code}: ${said.trim()}`)))
  })

/** Cheap: testcontainers takes a second to load, and a dead engine longer to give up on. */
export const engineIsNamed = (): boolean => process.env["DOCKER_HOST"] !== undefined || existsSync("/var/run/docker.sock")

/** Asks a starting server until it answers, for half a minute. */
export const answering = async (ask: () => Promise<void>): Promise<void> => {
  for (let left = 150; ; left--) {
    try {
      return await ask()
    } catch (error) {
      if (left === 0) throw error
      await new Promise((again) => setTimeout(again, 200))
    }
  }
}

/** Names the image that a container is made of; the default is what `.ci/engine` makes. */
export const image = (variable: string, standard: string): string => process.env[variable] ?? standard
