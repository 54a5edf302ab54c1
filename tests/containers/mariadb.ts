/** MariaDB for tests: a named server, a container, or the machine's. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import mysql from "mysql2/promise"
import { answering, discard, engineIsNamed, execute, first, forced, freePort, home, image, serve, unprivileged } from "./server.ts"
import type { Missing, Server } from "./server.ts"

export const mariadb = (): Promise<Server | Missing> => first("MariaDB", [
  ["variable", async () => {
    const url = process.env["ESL_TEST_MARIADB_URL"]
    return url === undefined ? undefined : own("variable", url, async () => undefined)
  }],
  ["docker", container],
  ["machine", machine]
])

const own = async (via: string, url: string, stop: () => Promise<void>): Promise<Server> => {
  const name = `esl_${process.pid}_${Math.floor(performance.now())}`
  await statement(url, `create database ${name} character set utf8mb4`)
  const mine = new URL(url)
  mine.pathname = `/${name}`
  return { via, url: mine.href, stop: async () => { await statement(url, `drop database ${name}`); await stop() } }
}

const statement = async (url: string, text: string): Promise<void> => {
  const client = await mysql.createConnection(url)
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

const container = async (): Promise<Server | undefined> => {
  if (!engineIsNamed()) return undefined
  const { GenericContainer, Wait, getContainerRuntimeClient, ImageName } = await import("testcontainers")
  const name = image("ESL_TEST_MARIADB_IMAGE", "mariadb:10.11")
  if (forced === undefined && !await (await getContainerRuntimeClient()).image.exists(
    ImageName.fromString(name))) return undefined
  const started = await new GenericContainer(name)
    .withEnvironment({ MARIADB_ROOT_PASSWORD: "test", MARIADB_DATABASE: "esl" })
    .withExposedPorts(3306)
    .withWaitStrategy(Wait.forLogMessage(/ready for connections/))
    .start()
  const url = `mysql://root:test@${started.getHost()}:${started.getMappedPort(3306)}/esl`
  await answering(() => statement(url, "select 1"))
  return own("container", url, async () => void await started.stop())
}

const program = (name: string): string | undefined =>
  ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin",
    "/opt/homebrew/bin"].map((folder) => join(folder, name)).find(existsSync)

const machine = async (): Promise<Server | undefined> => {
  const [install, server] = [program("mariadb-install-db"), program("mariadbd")]
  if (install === undefined || server === undefined) return undefined
  const user = unprivileged()
  const root = await home(user)
  const data = join(root, "data")
  try {
    await execute(install, ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal",
      "--skip-test-db", "--skip-name-resolve"], user)
    const port = await freePort()
    const stop = await serve("TERM", /port: \d+ /, server, [
      "--no-defaults", `--datadir=${data}`, `--socket=${join(root, "s.sock")}`, `--pid-file=${join(root, "pid")}`,
        "--bind-address=127.0.0.1", `--port=${port}`,
      "--skip-networking=0", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0",
        "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4"
    ], user)
    return await own("machine", `mysql://root@127.0.0.1:${port}/mysql`,
      async () => { await stop(); await discard(root) })
  } catch (error) {
    await discard(root)
    throw error
  }
}
