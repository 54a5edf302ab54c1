/** `esl webhook verify`: judges one recorded delivery as the receiver would; its body is never shown. */
import { readFile } from "node:fs/promises"
import { Clock, Effect } from "effect"
import type { Delivery } from "../core/connector/webhook.ts"
import type { Arguments } from "./arguments.ts"
import { load } from "./config.ts"
import { connectionOf } from "./connection.ts"
import { exits, Stopped, Wrong } from "./failure.ts"
import { table } from "./render.ts"
import type { Run } from "./run.ts"

export const run: Run = (args, out) => Effect.gen(function*() {
  const [action, name = "", file = ""] = args.rest
  if (action !== "verify") return yield* new Wrong({ message: "write esl webhook verify <connection> <file>" })
  const raw = yield* Effect.tryPromise({ try: () => readFile(file), catch: (error) => error })
  const { project } = yield* load(args)
  const { receiver } = yield* connectionOf(project, name)
  if (receiver === undefined) {
    return yield* new Stopped({ message: `${name} receives no webhooks: its kind of system sends none, or none are set up` })
  }
  const receipt = yield* receiver.receive(yield* deliveryOf(raw, file, args))
  if (receipt._tag === "Rejected") {
    out.data({ genuine: false, status: receipt.status, why: receipt.why })
    out.line(out.paint.red(`Rejected with ${receipt.status}: ${receipt.why}.`))
    if (receipt.status === 408) out.line("It is signed well. Say when it was received: --at 2026-01-31T12:00:00Z")
    return exits.failed
  }
  const hints = receipt.hints.map(({ resource, seen }) => ({ resource, says: seen._tag.toLowerCase(), id: seen.id }))
  out.data({ genuine: true, key: receipt.key, hints })
  out.line(out.paint.green("Genuine."))
  table(out, ["RESOURCE", "RECORD", "SAYS"], hints.map(({ id, resource, says }) => [resource, id, says]))
  if (hints.length === 0) out.line("It speaks of no record that ESL follows.")
  return exits.done
})

/** The file as HTTP wrote it down. The body is what follows the empty line, byte for byte, to the end of the file. */
const deliveryOf = Effect.fnUntraced(function*(raw: Buffer, file: string, args: Arguments) {
  const refuse = (message: string) => new Wrong({ message: `${file}: ${message}` })
  const [end, gap] = [raw.indexOf("\r\n\r\n"), raw.indexOf("\n\n")]
  const crlf = end >= 0 && (gap < 0 || end < gap)
  const cut = crlf ? end : gap
  if (cut < 0) return yield* refuse("there is no empty line between headers and body")
  const [request = "", ...lines] = raw.subarray(0, cut).toString("latin1").split(/\r?\n/)
  const [method = "", target = ""] = request.split(" ")
  if (!/^[A-Z]+$/.test(method) || target === "") return yield* refuse("the first line is not like POST /path HTTP/1.1")
  const headers: { [name: string]: string } = {}
  for (const line of lines) {
    const colon = line.indexOf(":")
    if (colon <= 0) return yield* refuse("a header has no colon")
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  const url = args.text.get("url") ?? (URL.canParse(target) ? target : `https://${headers["host"] ?? ""}${target}`)
  if (!URL.canParse(url)) return yield* refuse("neither the request line nor a Host header says where it was sent: use --url")
  const at = args.text.get("at")
  const receivedAt = at === undefined ? yield* Clock.currentTimeMillis : Date.parse(at)
  if (Number.isNaN(receivedAt)) return yield* new Wrong({ message: `--at ${at ?? ""} is no time like 2026-01-31T12:00:00Z` })
  const body = new Uint8Array(raw.subarray(cut + (crlf ? 4 : 2)))
  return { method, url, headers, body, receivedAt } satisfies Delivery
})
