/**
 * `npm run bench`: W1 to W4 against hand-written scripts in the same run, on one PostgreSQL server.
 * Prints ratios of times, records a second and the peak memory of the esl process. `-- --rows 1000000` adds the large case.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import pg from "pg"
import { postgres } from "../tests/containers/postgres.ts"
import { isMissing } from "../tests/containers/server.ts"
import { incremental, initial, makeBase, threeWay } from "./baseline.ts"
import { fill, sourceTable, targetTable, targetTrigger } from "./data.ts"
import type { Line } from "./esl.ts"

const { values: options } = parseArgs({ options: { rows: { type: "string", default: "100000" } } })
const most = Number(options.rows)
if (!Number.isInteger(most) || most < 2_000) throw new Error("--rows takes a whole number from 2000")
const small = Math.min(most, 100_000)

const server = await postgres()
if (isMissing(server)) throw new Error(server.missing)
const folder = mkdtempSync(join(tmpdir(), "esl-bench-"))

interface Database {
  readonly url: string
  readonly client: pg.Client
}

/** A database of its own on the server, with its address. */
const database = async (name: string): Promise<Database> => {
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return { url: url.href, client }
}

const timed = async <A>(work: () => Promise<A>): Promise<{ readonly ms: number; readonly result: A }> => {
  const start = performance.now()
  const result = await work()
  return { ms: performance.now() - start, result }
}

interface Esl {
  readonly pass: () => Promise<Line>
  readonly end: () => void
}

const startEsl = async (from: string, to: string, hub: string): Promise<Esl> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "esl.ts"), from, to, hub], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const line = await lines.next()
    if (line.done === true) throw new Error("the measured process ended early")
    return line.value
  }
  await next()
  return {
    pass: async () => {
      child.stdin.write("pass\n")
      const line: Line = JSON.parse(await next())
      return line
    },
    end: () => child.stdin.end()
  }
}

const row = (what: string, ...cells: ReadonlyArray<string>) =>
  console.log(what.padEnd(44) + cells.map((cell) => cell.padStart(16)).join(""))
const ms = (time: number) => `${time.toFixed(time < 100 ? 1 : 0)} ms`
const rate = (rows: number, time: number) => `${Math.round(rows / time * 1000)} rows/s`
const ratio = (value: number) => value.toFixed(2)

const must = (what: string, ok: boolean) => {
  if (ok) return
  console.log(`  not reached: ${what}`)
  process.exitCode = 1
}

const stamp = "clock_timestamp()"

/** The databases of one size. */
interface Stage {
  readonly rows: number
  readonly tag: string
  readonly source: Database
  readonly target: Database
  readonly hand: Database
  readonly prepared: Database
  readonly esl: Esl
}

const stageOf = async (rows: number): Promise<Stage> => {
  const tag = `n${rows}`
  const source = await database(`source_${tag}`)
  const [target, hand, prepared] = [
    await database(`target_${tag}`), await database(`hand_${tag}`), await database(`prepared_${tag}`)
  ]
  await source.client.query(sourceTable)
  await fill(source.client, rows)
  for (const one of [target, hand, prepared]) {
    await one.client.query(targetTable)
    await one.client.query(targetTrigger)
  }
  const esl = await startEsl(source.url, target.url, join(folder, `${tag}.db`))
  return { rows, tag, source, target, hand, prepared, esl }
}

const initialSync = async ({ rows, source, hand, prepared, target, esl }: Stage): Promise<number> => {
  const byHand = await timed(() => initial(source.client, hand.client, false))
  const byHandPrepared = await timed(() => initial(source.client, prepared.client, true))
  const w1 = await esl.pass()
  row("W1 initial sync", rate(rows, byHand.ms), rate(rows, w1.ms), ratio(byHand.ms / w1.ms))
  row("   against prepared statements", rate(rows, byHandPrepared.ms), "", ratio(byHandPrepared.ms / w1.ms))
  row("   peak memory of esl", "", `${w1.rssMb} MB`)
  must("W1 ratio of at least 0.20", byHand.ms / w1.ms >= 0.2)
  const most = rows > 100_000 ? 450 * 1.2 : 450
  must(`W1 at most ${most} MB`, w1.rssMb <= most)
  must(`W1 writes ${rows} rows, it wrote ${w1.written}`, w1.written === rows)
  // W2 and W3 are about rows that lie behind the overlap: a day passes.
  for (const one of [target, hand]) {
    await one.client.query("alter table kunden disable trigger touch")
    await one.client.query("update kunden set geaendert = geaendert - interval '1 day'")
    await one.client.query("alter table kunden enable trigger touch")
  }
  return w1.ms / rows
}

const nothingChanged = async ({ esl }: Stage): Promise<void> => {
  await quiet(esl)
  const passes = [await esl.pass(), await esl.pass(), await esl.pass()]
  const [w3, written] = [middle(passes.map((one) => one.ms)), passes.reduce((sum, one) => sum + one.written, 0)]
  row("W3 nothing changed, middle of 3 passes", "", ms(w3), `${written} written`)
  must("W3 within 20 ms, 0 rows written", w3 <= 20 && written === 0)
}

/** Three rounds of other records, and the middle one of each side: the first round also compiles its code. */
const hundredChanged = async ({ rows, source, hand, esl }: Stage): Promise<number> => {
  const times: { readonly hand: Array<number>; readonly esl: Array<number> } = { hand: [], esl: [] }
  for (const round of [0, 1, 2]) {
    const newest = await source.client.query<{ at: Date }>("select max(updated_at) as at from customers")
    await source.client.query(
      `update customers set note = 'W2 ' || id, updated_at = ${stamp} where id % $1 = $2`, [rows / 100, round]
    )
    const byHand = await timed(() => incremental(source.client, hand.client, newest.rows[0]?.at ?? new Date(0)))
    const w2 = await esl.pass()
    must(`W2 writes 100 rows, it wrote ${w2.written}`, w2.written === 100)
    times.hand.push(byHand.ms)
    times.esl.push(w2.ms)
    await quiet(esl)
  }
  const [byHand, w2] = [middle(times.hand), middle(times.esl)]
  row("W2 100 changed, middle of 3 rounds", ms(byHand), ms(w2), ratio(w2 / byHand))
  must("W2 at most 10 times the script", w2 <= 10 * byHand)
  return w2
}

const middle = (times: ReadonlyArray<number>): number => [...times].sort((a, b) => a - b)[1] ?? 0

const bothSides = async ({ rows, tag, source, target, hand, esl }: Stage): Promise<void> => {
  await makeBase(hand.client)
  const copy = await database(`hand_source_${tag}`)
  await copy.client.query(sourceTable)
  await fill(copy.client, rows)
  await copy.client.query("update customers set note = 'W2 ' || id where id % $1 < 3", [rows / 100])
  const since = { source: new Date(Date.now() - 1), target: new Date(Date.now() - 1) }
  for (const one of [source, copy]) {
    await one.client.query(
      `update customers set company = 'moved ' || id, updated_at = ${stamp} where id between 1 and 1000`
    )
  }
  for (const one of [target, hand]) {
    await one.client.query(`update kunden set titel = 'Prof.' where email in
      (select 'person' || n || '@example.com' from generate_series(951, 1950) n)`)
  }
  const byHand = await timed(() => threeWay(copy.client, hand.client, since))
  const w4 = await esl.pass()
  const here = await source.client.query(
    "select 1 from customers where company = 'moved ' || id and title = 'Prof.'"
  )
  const there = await target.client.query("select 1 from kunden where firma like 'moved %' and titel = 'Prof.'")
  const both = Math.min(here.rowCount ?? 0, there.rowCount ?? 0)
  await esl.pass()
  const third = await esl.pass()
  row("W4 1,000 changes a side", ms(byHand.ms), ms(w4.ms), ratio(w4.ms / byHand.ms))
  row("   both edits kept", "", `${both} of 50`, `${w4.written} written`)
  row("   third pass", "", ms(third.ms), `${third.written} written`)
  row("   peak memory of esl at the end", "", `${third.rssMb} MB`)
  must("W4 keeps both edits of 50 records", both === 50)
  must("W4 at most 3 times the script", w4.ms <= 3 * byHand.ms)
  must("W4 third pass writes 0", third.written === 0)
  await copy.client.end()
}

/** All workloads over one size; the times of W1 a record and of W2, for the comparison of sizes. */
const measure = async (rows: number): Promise<{ readonly w1: number; readonly w2: number }> => {
  const stage = await stageOf(rows)
  console.log(`\n${rows} customers, 20 columns`)
  row("", "hand-written", "esl", "ratio")
  const w1 = await initialSync(stage)
  await nothingChanged(stage)
  const w2 = await hundredChanged(stage)
  await bothSides(stage)
  stage.esl.end()
  for (const one of [stage.source, stage.target, stage.hand, stage.prepared]) await one.client.end()
  return { w1, w2 }
}

/** Passes until one writes nothing: what the run before wrote is read once more. */
const quiet = async (esl: Esl): Promise<void> => {
  for (let passes = 0; passes < 5; passes++) if ((await esl.pass()).written === 0) return
}

try {
  const first = await measure(small)
  if (most > small) {
    const large = await measure(most)
    console.log(`\n${most} against ${small} rows`)
    row("W1 time a record", "", "", ratio(large.w1 / first.w1))
    row("W2 time", "", "", ratio(large.w2 / first.w2))
    must("W1 at the large size within 1.2 times", large.w1 / first.w1 <= 1.2)
    must("W2 at the large size within 1.3 times", large.w2 / first.w2 <= 1.3)
  }
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
