/**
 * A process that commits to the hub it is given, from one number to another or until it is killed; says what is
 * durable, one number a line.
 */
import { Effect } from "effect"
import { Ids } from "../../core/hub/ids.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import { batch, births } from "./records.ts"

const [path = "", from = "1", to = "Infinity"] = process.argv.slice(2)

await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
  const hub = yield* openStore(path, yield* Ids)
  for (let n = Number(from); n <= Number(to); n++) {
    yield* hub.commit(births(n), {
      ...batch, cursor: { side: "erp.KUNDEN", stream: "changes", cursor: n }
    })
    yield* Effect.promise(() => new Promise<void>((done) => process.stdout.write(`${n}\n`, () => done())))
  }
})).pipe(Effect.provide(Ids.random)))
