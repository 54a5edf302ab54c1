/** Runs one command: loads its module, interrupts it on a signal so that all is closed, turns failures into exits. */
import { Cause, Effect, Exit, Fiber } from "effect"
import { modestMemory } from "../core/engine/memory.ts"
import type { Arguments } from "./arguments.ts"
import { exits, fail } from "./failure.ts"
import { outputOf } from "./output.ts"
import type { Output } from "./output.ts"

/** What a command's file exports as `run`; it ends with the exit code. */
export type Run = (args: Arguments, out: Output) => Effect.Effect<number, unknown>

interface Module {
  readonly run: Run
  /** `own`: it hears signals itself. Else they interrupt it, and it ends as stopped. */
  readonly signals?: "own"
}

const load: { readonly [command: string]: () => Promise<Module> } = {
  init: () => import("./init.ts"),
  check: () => import("./check.ts"),
  auth: () => import("./auth.ts"),
  setup: () => import("./setup.ts"),
  discover: () => import("./discover.ts"),
  plan: () => import("./plan.ts"),
  apply: () => import("./apply.ts"),
  backfill: () => import("./backfill.ts"),
  sync: () => import("./sync.ts"),
  status: () => import("./status.ts"),
  runs: () => import("./runs.ts"),
  explain: () => import("./explain.ts"),
  conflicts: () => import("./conflicts.ts"),
  approve: () => import("./approve.ts"),
  quarantine: () => import("./quarantine.ts"),
  backup: () => import("./backup.ts"),
  webhook: () => import("./webhook.ts"),
  sandbox: () => import("./sandbox.ts"),
  demo: () => import("./demo.ts")
}

export const execute = async (args: Arguments): Promise<number> => {
  modestMemory()
  const out = outputOf(args)
  // Whoever reads the output may have read enough: `esl runs | head`.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exits.done)
    throw error
  })
  const module = await load[args.command.name]?.()
  if (module === undefined) return fail(out, new Error(`${args.command.name} has no file`))
  const fiber = Effect.runFork(module.run(args, out))
  const stop = (): void => fiber.interruptUnsafe()
  if (module.signals === undefined) {
    process.once("SIGINT", stop)
    process.once("SIGTERM", stop)
  }
  const exit = await Effect.runPromise(Fiber.await(fiber))
  process.removeListener("SIGINT", stop)
  process.removeListener("SIGTERM", stop)
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.hasInterruptsOnly(exit.cause)) {
    out.say("esl: stopped; what was done is kept, the next run goes on from there")
    return exits.interrupted
  }
  return fail(out, Cause.squash(exit.cause))
}
