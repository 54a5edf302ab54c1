/** `npm run simulate -- --seed 7` replays one history; `--count 10000 --from 1` runs many, on `--jobs` processes. */
import { fork } from "node:child_process"
import { parseArgs } from "node:util"
import { describe, play } from "./history.ts"
import type { Ended } from "./history.ts"
import { races } from "./races.ts"

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    count: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    race: { type: "string" },
    stop: { type: "boolean", default: false },
    quiet: { type: "boolean", default: false }
  }
})

/** One seed, told in full. */
const replay = (seed: number): boolean => {
  const ended = play(seed)
  const again = play(seed)
  if (values.quiet !== true) console.log(ended.log.join("\n"))
  console.log(`seed ${seed}: ${ended.writes} writes, ${ended.crashes} crashes, ` +
    `${ended.windows} edits overwritten in a declared window`)
  if (ended.log.join("\n") !== again.log.join("\n") || ended.dump !== again.dump) {
    console.log("  P9 (determinism): the second run of this seed went another way")
    return false
  }
  console.log(ended.violations.length === 0 ? "no law is broken" : describe(ended))
  return ended.violations.length === 0
}

interface Totals {
  histories: number
  failed: number
  writes: number
  crashes: number
  windows: number
  leaks: number
}

const add = (totals: Totals, ended: Ended): void => {
  totals.histories++
  totals.writes += ended.writes
  totals.crashes += ended.crashes
  totals.windows += ended.windows
  totals.leaks += ended.leaks
  if (ended.violations.length > 0) totals.failed++
}

const many = (from: number, count: number): Totals => {
  const totals: Totals = { histories: 0, failed: 0, writes: 0, crashes: 0, windows: 0, leaks: 0 }
  for (let seed = from; seed < from + count; seed++) {
    const ended = play(seed)
    add(totals, ended)
    if (ended.violations.length === 0) continue
    console.log(`seed ${seed} (replay: npm run simulate -- --seed ${seed})\n${describe(ended)}`)
    if (values.stop === true) break
  }
  return totals
}

const print = (totals: Totals, seconds: number): void => {
  console.log(`${totals.histories} histories, ${totals.failed} broke a law; ${totals.writes} writes, ` +
    `${totals.crashes} crashes, ${totals.windows} edits overwritten in a declared window, ` +
    `${totals.leaks} normalisations taken for edits; ${seconds.toFixed(1)} s`)
}

const shared = async (from: number, count: number, jobs: number): Promise<Totals> => {
  const size = Math.ceil(count / jobs)
  const parts = await Promise.all(Array.from({ length: jobs }, (_, nth) => new Promise<Totals>((resolve, reject) => {
    const first = from + nth * size
    const own = Math.min(size, from + count - first)
    const stop = values.stop === true ? ["--stop"] : []
    const child = fork(import.meta.filename, ["--from", String(first), "--count", String(own), ...stop])
    child.on("message", (totals: Totals) => resolve(totals))
    child.on("exit", (code) => {
      if (code !== 0 && code !== 1) reject(new Error(`a worker ended with ${code}`))
    })
  })))
  return parts.reduce((sum, part) => ({
    histories: sum.histories + part.histories,
    failed: sum.failed + part.failed,
    writes: sum.writes + part.writes,
    crashes: sum.crashes + part.crashes,
    windows: sum.windows + part.windows,
    leaks: sum.leaks + part.leaks
  }))
}

/** The directed races of that name. */
const race = (name: string): boolean => {
  const chosen = races.filter(([other]) => other.includes(name))
  if (chosen.length === 0) throw new Error(`there is no race ${name}`)
  for (const [, play] of chosen) {
    try {
      play()
    } catch (error) {
      console.log(`race ${name}: ${error instanceof Error ? error.message : String(error)}`)
      return false
    }
  }
  return true
}

const start = performance.now()
if (values.race !== undefined) {
  process.exitCode = race(values.race) ? 0 : 1
} else if (values.seed !== undefined) {
  process.exitCode = replay(Number(values.seed)) ? 0 : 1
} else {
  const [from, count, jobs] = [Number(values.from), Number(values.count), Number(values.jobs)]
  const totals = jobs > 1 ? await shared(from, count, jobs) : many(from, count)
  if (process.send === undefined) print(totals, (performance.now() - start) / 1000)
  else process.send(totals)
  process.exitCode = totals.failed === 0 ? 0 : 1
}
