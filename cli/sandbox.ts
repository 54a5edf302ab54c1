/** `esl sandbox`: vendors on this machine, with people and goods in them and faults to switch, until Ctrl-C. */
import { Effect } from "effect"
import type * as door from "esl/sandbox"
import type { Started } from "esl/sandbox"
import { didYouMean } from "../core/config/fault.ts"
import { list, whole } from "./arguments.ts"
import type { Arguments } from "./arguments.ts"
import { exits, Wrong } from "./failure.ts"
import type { Output } from "./output.ts"
import { shareModules } from "./own.ts"
import { table } from "./render.ts"
import type { Run } from "./run.ts"

type Door = typeof door

/** A signal is how a person ends it, and ends it well. */
export const signals = "own"

export const run: Run = (args, out) => Effect.scoped(Effect.gen(function*() {
  // The vendors' own packages are large: nothing of them is loaded for any other command.
  const door = yield* Effect.promise(() => { shareModules(); return import("esl/sandbox") })
  const faults = yield* faultsOf(door, args)
  const started: Array<Started> = []
  let port = whole(args, "port")
  for (const vendor of yield* namesOf(door, args)) {
    started.push(yield* Effect.acquireRelease(
      Effect.tryPromise({ try: () => door.start(vendor, optionsOf(args, port)), catch: (error) => error }),
      ({ sandbox }) => Effect.promise(() => sandbox.stop())
    ))
    if (port !== undefined) port += door.serversOf(vendor)
  }
  for (const one of faults) {
    for (const { sandbox, vendor } of started) {
      if (one.vendor !== undefined && one.vendor !== vendor) continue
      const fault = door.faultOf(vendor, one.fault)
      yield* Effect.try({ try: () => { sandbox.faults.add({ fault, times: one.times }) },
        catch: (error) => new Wrong({ message: `${vendor}: ${error instanceof Error ? error.message : String(error)}` }) })
    }
  }
  show(started, out)
  yield* signal
  for (const { sandbox, vendor } of started) {
    const wrong = new Set(sandbox.violations).size
    if (wrong > 0) out.say(`${vendor}: ${wrong} kinds of requests that the vendor does not allow`)
  }
  out.say("Stopped; nothing is kept.")
  return exits.done
}))

const namesOf = Effect.fnUntraced(function*({ vendors }: Door, args: Arguments) {
  const names = args.rest.length === 0 ? vendors : [...new Set(args.rest)]
  const strange = names.find((name) => !vendors.includes(name))
  if (strange === undefined) return names
  const hint = didYouMean(strange, vendors) || `: use ${vendors.join(", ")}`
  return yield* new Wrong({ message: `there is no sandbox of ${strange}${hint}` })
})

const optionsOf = (args: Arguments, port: number | undefined) => {
  const latencyMs = whole(args, "latency")
  return {
    ...port === undefined ? {} : { port },
    ...latencyMs === undefined ? {} : { latencyMs },
    empty: args.flags.has("empty")
  }
}

interface Asked {
  readonly fault: string
  /** Absent: all of them. */
  readonly vendor: string | undefined
  readonly times: number
}

/** `throttle:shopify:3`: the fault, where, and how many calls it hits. */
const faultsOf = Effect.fnUntraced(function*({ vendors }: Door, args: Arguments) {
  const asked: Array<Asked> = []
  for (const text of list(args, "fault") ?? []) {
    const [fault = "", ...more] = text.split(":")
    const vendor = more.find((part) => !/^\d+$/.test(part))
    const times = Number(more.find((part) => /^[1-9]\d*$/.test(part)) ?? 1)
    if (vendor !== undefined && !vendors.includes(vendor)) {
      return yield* new Wrong({ message: `--fault ${text}: there is no sandbox of ${vendor}: use ${vendors.join(", ")}` })
    }
    asked.push({ fault, vendor, times })
  }
  return asked
})

const show = (started: ReadonlyArray<Started>, out: Output): void => {
  out.data({ sandboxes: started.map(({ connect, sandbox, secret: [name, value], urls, vendor }) =>
    ({ vendor, urls, env: { [name]: value }, connect, faults: sandbox.faults.catalogue })) })
  table(out, ["VENDOR", "SERVER", "ADDRESS"], started.flatMap(({ urls, vendor }) =>
    Object.entries(urls).map(([origin, url]) => [vendor, origin, url])))
  out.line()
  out.line(out.paint.dim("# what a shell needs"))
  for (const { secret: [name, value] } of started) out.line(`export ${name}=${value}`)
  out.line(out.paint.dim("// what a config needs"))
  for (const { connect } of started) out.line(connect)
  const url = started[0]?.urls["api"] ?? ""
  out.line()
  out.line(`Calls and violations: ${url}/__esl/calls   Faults: ${url}/__esl/faults   Stop: Ctrl-C`)
}

/** Until a person or a supervisor has seen enough. */
const signal: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const stop = (): void => {
    process.removeListener("SIGINT", stop)
    process.removeListener("SIGTERM", stop)
    resume(Effect.void)
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
})
