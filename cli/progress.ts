/** How far a run is: one line that is written over on a terminal, plain lines now and then otherwise. */
import type { RunEvent } from "../core/engine/index.ts"
import type { Output } from "./output.ts"
import { duration } from "./render.ts"

/** A terminal shows ten a second; a log gets a line every five seconds. */
const redrawMs = 100
const lineMs = 5_000
const barWidth = 24

export interface Progress {
  readonly event: (event: RunEvent) => void
  /** Leaves the terminal clean. */
  readonly done: () => void
}

export const progress = (out: Output, clock: () => number = Date.now): Progress => {
  const started = new Map<string, number>()
  // A log is for runs that take long; a terminal shows at once that something goes on.
  let last = out.live ? 0 : clock()
  let drawn = false
  const clear = (): void => {
    if (drawn) process.stderr.write("\r\u001b[2K")
    drawn = false
  }
  const show = (text: string): void => {
    const now = clock()
    if (now - last < (out.live ? redrawMs : lineMs)) return
    last = now
    if (!out.live) {
      out.say(text)
      return
    }
    clear()
    process.stderr.write(text.slice(0, Math.max(20, (process.stderr.columns ?? out.width) - 1)))
    drawn = true
  }
  const say = (text: string): void => {
    clear()
    out.say(text)
  }
  return {
    event: (event) => {
      switch (event._tag) {
        case "Page":
        case "Written": {
          const key = `${event._tag} ${event.side}`
          const now = clock()
          const from = started.get(key) ?? now
          started.set(key, from)
          const what = event._tag === "Page" ? "read from" : "written to"
          const total = event._tag === "Page" ? event.total : undefined
          return show(bar(what, event.side, event.done, total, rateOf(event.done, now - from)))
        }
        case "Progress":
          return show(bar("backfilled from", event.side, event.done, event.total, event.rate))
        case "Waiting":
          return say(`${event.connection}: ${event.why}; trying again in ${duration(event.ms)}`)
        case "Failed":
          // The report says it once, at the end.
          return clear()
      }
    },
    done: clear
  }
}

const rateOf = (done: number, ms: number): number => ms <= 0 ? 0 : done / (ms / 1_000)

/** `read from erp.KUNDEN [#####...........]  3,200 of 10,000, 5,100/s, 2 s left`. */
export const bar = (what: string, side: string, done: number, total: number | undefined, rate: number): string => {
  const number = (n: number): string => Math.round(n).toLocaleString("en")
  const speed = rate > 0 ? `, ${number(rate)}/s` : ""
  if (total === undefined || total < done) return `${number(done)} records ${what} ${side}${speed}`
  const filled = total === 0 ? barWidth : Math.round(barWidth * done / total)
  const left = rate > 0 && done < total ? `, ${duration(Math.round((total - done) / rate) * 1_000)} left` : ""
  return `${what} ${side} [${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${number(done)} of ${number(total)}${speed}${left}`
}
