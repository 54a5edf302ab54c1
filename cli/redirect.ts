/** The address a browser is sent back to: caught by a listener on this machine, or pasted by the person. */
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { createInterface } from "node:readline"
import { Duration, Effect } from "effect"
import type { Scope } from "effect"
import { Stopped } from "./failure.ts"

/** Plain http to this machine: what a listener can catch. */
export const isLoopback = (redirect: string): boolean =>
  /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(redirect)

const patience = Duration.minutes(10)

/** Listens on 127.0.0.1 only, for the first address that `fits`; anybody else is turned away and changes nothing. */
export const caught = (
  redirect: string, fits: (returned: URL) => boolean
): Effect.Effect<Effect.Effect<URL, Stopped>, Stopped, Scope.Scope> => Effect.gen(function*() {
  const { origin, pathname, port } = new URL(redirect)
  let found: (returned: URL) => void = () => undefined
  const returned = new Promise<URL>((done) => { found = done })
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? "/", origin)
    const good = request.method === "GET" && url.pathname === pathname && fits(url)
    response.writeHead(good ? 200 : 404, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store",
      "referrer-policy": "no-referrer", connection: "close" })
    response.end(good ? "Thank you. This window can be closed; esl goes on in the terminal.\n" : "Nothing is here.\n")
    if (good) found(url)
  }
  yield* Effect.acquireRelease(listening(answer, port === "" ? 80 : Number(port)), (server) => Effect.promise(() =>
    new Promise<void>((done) => { server.close(() => { done() }); server.closeAllConnections() })))
  return Effect.timeoutOrElse(Effect.promise(() => returned), { duration: patience,
    orElse: () => new Stopped({ message: "nobody came back within ten minutes: run esl auth again" }) })
})

const listening = (
  answer: (request: IncomingMessage, response: ServerResponse) => void, port: number
): Effect.Effect<Server, Stopped> => Effect.callback((resume) => {
  const server = createServer(answer)
  server.once("error", () => { resume(Effect.fail(new Stopped({
    message: `port ${port} of this machine is taken: end what listens there, or use --paste` }))) })
  server.listen(port, "127.0.0.1", () => { resume(Effect.succeed(server)) })
})

/** One line of stdin. What is no address is asked for again, as long as there are lines. */
export const pasted = (say: (text: string) => void): Effect.Effect<URL, Stopped> =>
  Effect.callback((resume) => {
    const { stdin } = process
    const lines = createInterface({ input: stdin })
    const close = (): void => {
      lines.close()
      // Whoever writes there may keep it open: it must not keep us.
      stdin.destroy()
    }
    lines.on("line", (line) => {
      if (!URL.canParse(line.trim())) return say("esl: this is no address; copy the whole line from the browser")
      resume(Effect.succeed(new URL(line.trim())))
      close()
    })
    lines.on("close", () => { resume(Effect.fail(new Stopped({
      message: "no address was pasted: run esl auth again, and paste the address the browser ends up at" }))) })
    return Effect.sync(close)
  })
