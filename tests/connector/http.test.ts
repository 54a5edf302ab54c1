/** The HTTP client over real loopback servers: what leaves, what comes back, and what is known when nothing does. */
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer as createTcp } from "node:net"
import { it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { afterEach, describe, expect } from "vitest"
import { makeHttp } from "../../core/io/http.ts"
import type { HttpOptions, HttpRequest } from "../../core/io/http.ts"

type Handler = (request: IncomingMessage, response: ServerResponse) => void
const open: Array<() => Promise<void>> = []
const serve = (handler: Handler) => Effect.promise(() => new Promise<string>((done) => {
  const server = createServer(handler)
  open.push(() => new Promise((closed) => { server.close(() => closed()); server.closeAllConnections() }))
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    done(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`)
  })
}))
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

const client = (options: Partial<HttpOptions> = {}) => makeHttp({ allowed: () => true, ...options })
const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest =>
  ({ method: "GET", url: new URL(url), headers: {}, ...more })
const read = (request: IncomingMessage) => new Promise<string>((done) => {
  let text = ""
  request.setEncoding("utf8").on("data", (part: string) => { text += part }).on("end", () => done(text))
})

describe("what leaves", () => {
  it.live("is the method, the path with its query, the headers and the body as given", () => Effect.gen(function*() {
    const url = yield* serve((request, response) => {
      void read(request).then((text) =>
        response.end(JSON.stringify([request.method, request.url, request.headers["x-a"], text])))
    })
    const http = yield* client()
    const answer = yield* http.send({ method: "PATCH", url: new URL(`${url}/a%2Fb?q=%20x&q=2`), headers: { "X-A": "1" },
      body: "{\"n\":1.50}" })
    expect(Buffer.from(answer.body).toString()).toBe(JSON.stringify(["PATCH", "/a%2Fb?q=%20x&q=2", "1", "{\"n\":1.50}"]))
  }))

  it.live("a form with files is sent as multipart in its order, with its length", () => Effect.gen(function*() {
    const url = yield* serve((request, response) => {
      void read(request).then((text) => response.end(JSON.stringify([request.headers["content-type"],
        request.headers["content-length"] === String(Buffer.byteLength(text)), text])))
    })
    const http = yield* client()
    const form = new FormData()
    form.append("key", "tmp/1")
    form.append("file", new Blob(["{\"id\":1}\n"], { type: "text/jsonl" }), "bulk.jsonl")
    const answer = yield* http.send({ ...get(url), method: "POST", body: form })
    const [type, sized, text]: Array<unknown> = JSON.parse(Buffer.from(answer.body).toString())
    expect(type).toMatch(/^multipart\/form-data; boundary=/)
    expect(sized).toBe(true)
    expect(text).toMatch(/name="key"[\s\S]*tmp\/1[\s\S]*filename="bulk.jsonl"[\s\S]*text\/jsonl[\s\S]*\{"id":1\}/)
  }))

  it.live("goes to no origin that is not allowed, in no scheme but https, and never with a password in the address",
    () => Effect.gen(function*() {
      let asked = 0
      const url = yield* serve((_, response) => { asked++; response.end() })
      const http = yield* client({ allowed: (origin) => origin !== url })
      for (const target of [url, "http://shop.example/", "https://a:b@shop.example/", "ftp://127.0.0.1/"]) {
        const failure = yield* Effect.flip(http.send(get(target)))
        expect([failure.sent, failure.why]).toEqual([false, "origin not allowed"])
      }
      expect(asked).toBe(0)
    }))

  it.live("a path that looks like another address stays a path", () => Effect.gen(function*() {
    const paths: Array<string | undefined> = []
    const url = yield* serve((request, response) => { paths.push(request.url); response.end() })
    const http = yield* client({ allowed: (origin) => origin === url })
    for (const path of ["/http://shop.invalid/", "/a/..//shop.invalid", "/%2f%2fshop.invalid"]) {
      yield* http.send(get(`${url}${path}`))
    }
    expect(paths).toEqual(["/http://shop.invalid/", "/shop.invalid", "/%2f%2fshop.invalid"])
  }))

  it.live("a header that would be two is not sent at all", () => Effect.gen(function*() {
    let asked = 0
    const url = yield* serve((request, response) => { asked += Number("x-evil" in request.headers); response.end() })
    const http = yield* client()
    yield* Effect.exit(http.send(get(url, { headers: { "If-Match": "1\r\nX-Evil: 1" } })))
    expect(asked).toBe(0)
  }))

  it.live("uses no proxy of the environment", () => Effect.gen(function*() {
    const proxied: Array<string> = []
    const proxy = yield* serve((request, response) => { proxied.push(request.url ?? ""); response.end() })
    const url = yield* serve((_, response) => { response.end("direct") })
    process.env["HTTP_PROXY"] = proxy
    yield* Effect.addFinalizer(() => Effect.sync(() => { delete process.env["HTTP_PROXY"] }))
    const http = yield* client()
    expect(Buffer.from((yield* http.send(get(url))).body).toString()).toBe("direct")
    expect(proxied).toEqual([])
  }))

  it.live("takes the same connection again", () => Effect.gen(function*() {
    const ports = new Set<number | undefined>()
    const url = yield* serve((request, response) => { ports.add(request.socket.remotePort); response.end("ok") })
    const http = yield* client()
    for (let n = 0; n < 5; n++) yield* http.send(get(url))
    expect(ports.size).toBe(1)
  }))
})

describe("what comes back", () => {
  it.live("any status is an answer, and no redirect is followed", () => Effect.gen(function*() {
    let followed = 0
    const decoy = yield* serve((_, response) => { followed++; response.end() })
    const url = yield* serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1)), { Location: `${decoy}/` }).end()
    })
    const http = yield* client()
    for (const status of [201, 301, 302, 303, 307, 308, 404, 500]) {
      const answer = yield* http.send(get(`${url}/${status}`))
      expect([answer.status, answer.headers["location"]]).toEqual([status, `${decoy}/`])
    }
    expect(followed).toBe(0)
  }))

  it.live("is capped, also when it is compressed", () => Effect.gen(function*() {
    const { gzipSync } = yield* Effect.promise(() => import("node:zlib"))
    const bomb = gzipSync(Buffer.alloc(5_000_000))
    expect(bomb.byteLength).toBeLessThan(10_000)
    const url = yield* serve((request, response) => {
      if (request.url === "/gzip") response.writeHead(200, { "content-encoding": "gzip" }).end(bomb)
      else response.end(Buffer.alloc(200_000))
    })
    const http = yield* client({ maxBytes: 100_000 })
    for (const path of ["/", "/gzip"]) {
      const failure = yield* Effect.flip(http.send(get(`${url}${path}`)))
      expect([failure.sent, failure.why]).toEqual([true, "answer too large"])
    }
  }))

  it.live("a stream is capped where that is asked for", () => Effect.gen(function*() {
    const url = yield* serve((_, response) => { response.end(Buffer.alloc(3_000_000)) })
    const http = yield* client()
    const read = (maxBytes: number) => Effect.exit(Effect.scoped(
      Effect.flatMap(http.stream(get(url, { maxBytes })), ({ body }) => Stream.runDrain(body))))
    expect((yield* read(1_000_000))._tag).toBe("Failure")
    expect((yield* read(4_000_000))._tag).toBe("Success")
  }))

  it.live("a stream is read as it comes, and no faster than it is used", () => Effect.gen(function*() {
    let written = 0
    const url = yield* serve((_, response) => {
      const more = (): void => {
        while (written < 200_000_000) {
          written += 1_000_000
          if (!response.write(Buffer.alloc(1_000_000, "x"))) { response.once("drain", more); return }
        }
        response.end()
      }
      more()
    })
    const http = yield* client()
    const first = yield* Effect.scoped(Effect.gen(function*() {
      const answer = yield* http.stream(get(url))
      return yield* Stream.runCollect(Stream.take(answer.body, 3))
    }))
    expect(first).toHaveLength(3)
    expect(written).toBeLessThan(50_000_000)
  }))
})

describe("when nothing comes back", () => {
  const failureOf = (url: string, options: Partial<HttpOptions> = {}, more: Partial<HttpRequest> = {}) =>
    Effect.scoped(Effect.gen(function*() {
      const http = yield* client(options)
      const { sent, why } = yield* Effect.flip(http.send(get(url, more)))
      return { sent, why }
    }))

  it.live("nobody listens: certainly not sent", () => Effect.gen(function*() {
    const url = yield* serve((_, response) => { response.end() })
    yield* Effect.promise(async () => { for (const close of open.splice(0)) await close() })
    expect(yield* failureOf(url)).toEqual({ sent: false, why: "connection refused" })
  }))

  it.live("no such host: certainly not sent", () => Effect.gen(function*() {
    const failure = yield* failureOf("https://shop.invalid/")
    expect(failure.sent).toBe(false)
    expect(["name not found", "not reachable"]).toContain(failure.why)
  }))

  it.live("no TLS spoken there: certainly not sent", () => Effect.gen(function*() {
    const url = yield* serve((_, response) => { response.end() })
    expect(yield* failureOf(url.replace("http:", "https:"))).toEqual({ sent: false, why: "no secure connection" })
  }))

  it.live("a handshake that never ends: certainly not sent, and the connection is closed", () => Effect.gen(function*() {
    let closed: () => void = () => undefined
    const gone = new Promise<void>((done) => { closed = done })
    const port = yield* Effect.promise(() => new Promise<number>((done) => {
      const server = createTcp((socket) => { socket.once("close", () => closed()).resume() })
      open.push(() => new Promise((closed) => { server.close(() => closed()) }))
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        done(typeof address === "object" && address !== null ? address.port : 0)
      })
    }))
    expect(yield* failureOf(`https://127.0.0.1:${port}/`, { connectMs: 50 }))
      .toEqual({ sent: false, why: "connecting took too long" })
    yield* Effect.promise(() => gone)
  }))

  it.live("cut before, in the middle of or after the head of the answer: nobody knows", () => Effect.gen(function*() {
    const url = yield* serve((request, response) => {
      if (request.url === "/head") response.writeHead(200, { "content-length": "100" }).write("half")
      if (request.url === "/head") setImmediate(() => response.destroy())
      else response.destroy()
    })
    expect(yield* failureOf(`${url}/before`)).toEqual({ sent: true, why: "connection cut" })
    expect(yield* failureOf(`${url}/head`)).toEqual({ sent: true, why: "connection cut" })
  }))

  it.live("too slow: nobody knows, and the connection is closed", () => Effect.gen(function*() {
    let closed: () => void = () => undefined
    const gone = new Promise<void>((done) => { closed = done })
    const url = yield* serve((request) => { request.socket.once("close", () => closed()) })
    expect(yield* failureOf(url, { timeoutMs: 50 })).toEqual({ sent: true, why: "no answer in time" })
    yield* Effect.promise(() => gone)
  }))

  it.live("a body that trickles is cut by the total time too", () => Effect.gen(function*() {
    const url = yield* serve((_, response) => {
      const drip = setInterval(() => { response.write("x") }, 5)
      response.on("close", () => { clearInterval(drip) })
    })
    expect(yield* failureOf(url, { timeoutMs: 100 })).toEqual({ sent: true, why: "no answer in time" })
  }))

  it.live("interrupted: the connection is closed", () => Effect.gen(function*() {
    let arrived: () => void = () => undefined
    let closed: () => void = () => undefined
    const here = new Promise<void>((done) => { arrived = done })
    const gone = new Promise<void>((done) => { closed = done })
    const url = yield* serve((request) => { request.socket.once("close", () => closed()); arrived() })
    const http = yield* client()
    const fiber = yield* Effect.forkChild(http.send(get(url)))
    yield* Effect.promise(() => here)
    yield* Fiber.interrupt(fiber)
    yield* Effect.promise(() => gone)
  }))

  it.live("a stream that is cut fails, and does not just end", () => Effect.gen(function*() {
    const url = yield* serve((_, response) => {
      response.writeHead(200).write("one\n")
      setTimeout(() => response.destroy(), 20)
    })
    const http = yield* client()
    const failure = yield* Effect.flip(Effect.scoped(
      Effect.flatMap(http.stream(get(url)), ({ body }) => Stream.runDrain(body))))
    expect([failure.sent, failure.why]).toEqual([true, "connection cut"])
  }))
})
