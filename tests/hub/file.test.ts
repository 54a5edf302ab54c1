/** What only the file can show: durability, privacy,
  and one clear sentence for everything that can be wrong with it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import {
  appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { copyOf, restore } from "../../core/hub/copy.ts"
import { HubFile, sentenceOf } from "../../core/hub/file.ts"
import type { FileOptions } from "../../core/hub/file.ts"
import { Ids } from "../../core/hub/ids.ts"
import { formats } from "../../core/hub/migrations/index.ts"
import { openStore } from "../../core/hub/sqlite.ts"
import { unset } from "../../core/sync/state.ts"
import { batch, births, claiming, empty, golden, hint, id, intent, link, nothing, t0 } from "./records.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "esl-hub-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const place = Effect.map(folder, (path) => join(path, "hub.db"))
const open = (path: string, options: FileOptions = {}) =>
  Effect.flatMap(Ids, (ids) => openStore(path, ids, options)).pipe(Effect.provide(Ids.seeded(1)))
const filled = (path: string) => Effect.scoped(Effect.flatMap(open(path), (hub) => hub.commit(births(1, 2), batch)))
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe("durability", () => {
  it.live("kill -9 loses nothing that was committed and leaves no half of a commit", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const last = yield* Effect.promise(() => killedAfter(path, 25))
      const hub = yield* open(path)
      const cursor = yield* hub.cursor("erp.KUNDEN", "changes")
      const committed = Number(cursor?.cursor)
      assert.isAtLeast(committed, last)
      const all = Array.from({ length: committed }, (_, at) => at + 1)
      const found = yield* hub.load({ ...nothing, goldens: all.map(id) }, t0, "run-2")
      assert.deepEqual([found.goldens.size, found.links.size, found.due.size], [committed, committed, committed])
      const [counts] = yield* hub.counts()
      assert.strictEqual(counts?.goldens, committed)
    })), 30_000)

  it.live("processes that make the same new hub at once share it", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const codes = yield* Effect.promise(() => Promise.all([1, 11].map((from) => ended(path, from, from + 9))))
      assert.deepEqual(codes, [0, 0])
      const hub = yield* open(path)
      assert.strictEqual((yield* hub.counts())[0]?.goldens, 20)
    })), 30_000)

  it.effect("every commit is on the disk before it counts (R10)", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* open(path)
    const file = new HubFile(path)
    file.bookkeeping(() => assert.strictEqual(file.one("PRAGMA synchronous")?.["synchronous"], 1))
    assert.throws(() => file.bookkeeping(() => assert.fail("back to full after a failure too")))
    assert.strictEqual(file.one("PRAGMA synchronous")?.["synchronous"], 2)
    assert.strictEqual(file.one("PRAGMA journal_mode")?.["journal_mode"], "wal")
    file.close()
  })))
})

const child = (path: string, ...more: ReadonlyArray<number>) =>
  spawn(process.execPath, [fileURLToPath(new URL("child.ts", import.meta.url)), path, ...more.map(String)], {
    stdio: ["ignore", "pipe", "inherit"]
  })

const ended = (path: string, from: number, to: number): Promise<number | null> =>
  new Promise((done) => child(path, from, to).on("exit", done).stdout.resume())

/** Starts the child, waits until it has committed `count` times, kills it; the last commit it told of. */
const killedAfter = (path: string, count: number): Promise<number> =>
  new Promise((done, fail) => {
    const writer = child(path)
    let said = ""
    let killed = false
    writer.stdout.on("data", (chunk) => {
      said += String(chunk)
      if (!killed && said.split("\n").length > count) {
        killed = true
        writer.kill("SIGKILL")
      }
    })
    writer.on("error", fail)
    writer.on("exit", (code, signal) => {
      if (signal !== "SIGKILL") return fail(new Error(`the child ended by itself: ${code}`))
      done(Math.max(...said.split("\n").slice(0, -1).map(Number)))
    })
  })

describe("privacy", () => {
  it.effect("a deleted value is nowhere on the disk after retention", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    const hub = yield* open(path)
    const canary = "canary-8d1f77c2"
    const row = { side: "erp.KUNDEN", cause: "c", stage: "map", at: t0, run: "run-1", attempts: 1 } as const
    yield* hub.commit(births(1), {
      ...batch,
      quarantine: Array.from({ length: 50 }, (_, n) => ({ ...row, id: `q${n}`, ext: `${n}`,
        payload: { NAME: canary } }))
    })
    assert.isTrue(onDisk(path, canary))
    yield* hub.quarantine.drop(Array.from({ length: 50 }, (_, n) => `q${n}`))
    yield* hub.retain(t0)
    assert.isFalse(onDisk(path, canary))
    assert.isTrue(onDisk(path, "jo1@example.com"))
  })))

  it.effect("all its files are the owner's alone, also one that was open to others", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      writeFileSync(path, "", { mode: 0o644 })
      const hub = yield* open(path)
      yield* hub.commit({ ...births(1), tombstones: [grave(1)] }, batch)
      yield* hub.backup(`${path}.backup`)
      const files = readdirSync(dirname(path))
      assert.includeMembers(files, ["hub.db", "hub.db-wal", "hub.db.backup", "hub.db.tombstones"])
      assert.deepEqual(files.map((name) => mode(join(dirname(path), name))), files.map(() => "600"))
    })))
})

const grave = (n: number) => ({ entity: "customer", golden: id(n), at: t0, cause: "gone in erp.KUNDEN" })

const onDisk = (path: string, text: string): boolean =>
  readdirSync(dirname(path)).some((name) => readFileSync(join(dirname(path), name)).includes(text))

describe("one clear sentence", () => {
  const refused = (path: string, options?: FileOptions) =>
    Effect.map(Effect.flip(Effect.scoped(open(path, options))), ({ reason }) => [reason._tag, reason.message] as const)

  it.effect("missing folder", () => Effect.scoped(Effect.gen(function*() {
    const path = join(yield* folder, "none", "hub.db")
    assert.deepEqual(yield* refused(path), ["Unusable",
      `The folder ${dirname(path)} of the hub hub.db does not exist; create it or change \`hub\`.`])
  })))

  it.effect("a folder in its place", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    mkdirSync(path)
    assert.deepEqual(yield* refused(path), ["Unusable", `The hub ${path} is not a file; change \`hub\`.`])
  })))

  it.effect("not a database", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    writeFileSync(path, "this is a letter, not a database\n".repeat(200))
    const before = readFileSync(path)
    assert.deepEqual(yield* refused(path), ["Damaged",
      `The hub ${path} is damaged or not a hub; restore it from a backup (esl backup restore).`])
    assert.isTrue(readFileSync(path).equals(before))
  })))

  it.effect("another program's database, which stays as it was", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    const other = new DatabaseSync(path)
    other.exec("CREATE TABLE KUNDEN (ID INTEGER)")
    other.close()
    const before = readFileSync(path)
    assert.deepEqual(yield* refused(path), ["Unusable",
      `${path} is a SQLite database but not an ESL hub; name another file in \`hub\`.`])
    assert.isTrue(readFileSync(path).equals(before))
  })))

  it.effect("a damaged page", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* filled(path)
    truncateSync(path, 4096 * 3)
    appendFileSync(path, Buffer.alloc(4096 * 4, 0xab))
    const reason = yield* Effect.flip(Effect.scoped(Effect.flatMap(open(path), (hub) => hub.dump())))
    assert.deepEqual([reason._tag, reason.reason._tag], ["StoreError", "Damaged"])
  })))

  it.effect("a newer hub", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* Effect.scoped(open(path, { formats: [...formats, "CREATE TABLE later (x) "] }))
    assert.deepEqual(yield* refused(path), ["Newer",
      `The hub ${path} was written by a newer ESL (format ${formats.length + 1}, this one knows ${formats.length}); ` +
      "upgrade this program."])
  })))

  it.effect("a full disk: nothing of the batch is kept, and it goes on when there is room", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const pages = (yield* Effect.scoped(Effect.map(open(path), () => statSync(path).size))) / 4096
      const many = births(...Array.from({ length: 400 }, (_, n) => n))
      yield* Effect.scoped(Effect.gen(function*() {
        const hub = yield* open(path, { maxPages: Math.max(pages, 60) })
        const full = yield* Effect.flip(hub.commit(many, batch))
        if (full._tag !== "StoreError") return assert.fail(full._tag)
        assert.deepEqual([full.reason._tag, full.message],
          ["Full", `The disk of the hub ${path} is full; make room and run again. Nothing was lost.`])
        assert.strictEqual((yield* hub.load({ ...nothing, goldens: [id(0)] }, t0, "run-1")).goldens.size, 0)
        yield* hub.commit(births(1), batch)
      }))
      const hub = yield* open(path)
      yield* hub.commit(births(...Array.from({ length: 400 }, (_, n) => n + 2)), batch)
      assert.strictEqual((yield* hub.counts())[0]?.goldens, 401)
    })))

  it("a lock, a read-only file, a failing disk, and nothing for a fault of our own", () => {
    const said = (errcode: number) =>
      sentenceOf("hub.db")("commit", Object.assign(new Error("x"), { errcode }))?.reason.message
    assert.strictEqual(said(5), "The hub hub.db is locked by another process; wait for it to end and run again.")
    assert.strictEqual(said(8 | (1 << 8)), "The hub hub.db cannot be written; check the rights of the file and of its folder.")
    assert.strictEqual(said(10 | (4 << 8)), "The disk of the hub hub.db failed to read or write; check it and run again.")
    assert.isUndefined(said(1))
    assert.isUndefined(sentenceOf("hub.db")("commit", new TypeError("x")))
  })

  it.live("a second process that holds the write lock too long", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    const hub = yield* open(path, { busyMs: 50 })
    const other = new DatabaseSync(path)
    other.exec("BEGIN IMMEDIATE")
    const busy = yield* Effect.flip(hub.inbox.put([hint("1")]))
    assert.strictEqual(busy.reason._tag, "Busy")
    assert.strictEqual(yield* hub.inbox.count(), 0)
    other.exec("ROLLBACK")
    other.close()
    yield* hub.inbox.put([hint("1")])
  })))
})

describe("format", () => {
  it.effect("is the one of the committed snapshot", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* open(path)
    const file = new HubFile(path)
    const schema = file.all("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .map((row) => `${String(row["sql"])};\n`).join("\n")
    file.close()
    const snapshot = new URL("schema.sql", import.meta.url)
    if (process.env["UPDATE"] === "1") writeFileSync(snapshot, schema)
    assert.strictEqual(schema, readFileSync(snapshot, "utf8"), "UPDATE=1 writes it anew")
  })))

  it.effect("upgrades a hub with open intents and due work, and only once", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* Effect.scoped(Effect.gen(function*() {
      const hub = yield* open(path)
      yield* hub.commit(births(1, 2), batch)
      const claimed = yield* hub.claim("customer", "shop.customers", { ...claiming, only: [id(1)] })
      yield* hub.intend({
        call: "a1", side: "shop.customers", intents: [intent(1, "a1")],
        leases: new Map(claimed.map((one) => [one.due.golden, one.lease]))
      }, t0)
    }))
    const next = [...formats, "ALTER TABLE outbox ADD COLUMN note TEXT; UPDATE outbox SET note = 'upgraded'"]
    for (const _ of [1, 2]) {
      yield* Effect.scoped(Effect.gen(function*() {
        const hub = yield* open(path, { formats: next })
        const found = yield* hub.load({ ...nothing, goldens: [id(1), id(2)] }, t0, "run-2")
        assert.deepEqual(found.intents.get(id(1)), [intent(1, "a1")])
        assert.strictEqual(found.due.size, 2)
      }))
    }
    const file = new HubFile(path, { formats: next })
    assert.deepEqual(file.all("SELECT DISTINCT note FROM outbox").map((row) => ({ ...row })), [{ note: "upgraded" }])
    file.close()
  })))

  it.effect("an upgrade that fails leaves the old hub", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* filled(path)
    const broken = [...formats, "CREATE TABLE later (x); INSERT INTO nowhere VALUES (1)"]
    assert.isTrue((yield* Effect.exit(Effect.scoped(open(path, { formats: broken }))))._tag === "Failure")
    const hub = yield* open(path)
    assert.strictEqual((yield* hub.counts())[0]?.goldens, 2)
  })))

  it.effect("stores a pair once where both sides say the same", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    const hub = yield* open(path)
    const shadow = {
      a: { g: "same value", r: "same value" }, b: { g: { zip: "1", city: "X" }, r: { city: "X", zip: "1" } },
      c: { g: unset, r: "theirs" }, d: { g: null, r: "theirs" }
    }
    yield* hub.commit({ ...empty, goldens: [{ golden: golden(1), was: 0 }],
      links: [{ link: link(1, { shadow }), was: 0 }] }, batch)
    const file = new HubFile(path)
    assert.strictEqual(file.one("SELECT shadow FROM link")?.["shadow"],
      `{"a":["same value"],"b":[{"city":"X","zip":"1"}],"c":{"r":"theirs"},"d":[null,"theirs"]}`)
    file.close()
  })))
})

describe("copies", () => {
  it.effect("a dry run works on a private copy that goes with it, and the hub never knows", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const hub = yield* open(path)
      yield* hub.commit(births(1), batch)
      const before = yield* hub.dump()
      const copy = yield* Effect.scoped(Effect.gen(function*() {
        const at = yield* copyOf(path)
        assert.strictEqual(mode(dirname(at)), "700")
        assert.strictEqual(mode(at), "600")
        const dry = yield* open(at, { throwaway: true })
        assert.strictEqual(yield* dry.dump(), before)
        yield* dry.commit({ ...births(2), tombstones: [grave(2)] }, batch)
        yield* hub.inbox.put([hint("1")])
        return at
      }))
      assert.isFalse(existsSync(dirname(copy)))
      yield* hub.inbox.drop([hint("1")])
      assert.strictEqual(yield* hub.dump(), before)
      assert.isFalse(readdirSync(dirname(path)).some((name) => name.includes("plan-") || name.endsWith("tombstones")))
    })))

  it.effect("a copy that a killed process left is swept by the next", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* filled(path)
    const left = join(dirname(path), ".hub.db.plan-999999999-x")
    mkdirSync(left)
    const mine = join(dirname(path), `.hub.db.plan-${process.pid}-y`)
    mkdirSync(mine)
    yield* Effect.scoped(copyOf(path))
    assert.deepEqual([existsSync(left), existsSync(mine)], [false, true])
  })))

  it.effect("the copy of a hub that is not there yet is a new hub", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    const dry = yield* open(yield* copyOf(path), { throwaway: true })
    yield* dry.commit(births(1), batch)
    assert.isFalse(existsSync(path))
  })))

  it.effect("a backup is whole, is never overwritten, and comes back as a first sight with its deletions (C37)", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const backup = `${path}.backup`
      const cursor = { side: "erp.KUNDEN", stream: "changes", cursor: 1 }
      const saved = yield* Effect.scoped(Effect.gen(function*() {
        const hub = yield* open(path)
        yield* hub.commit({
          ...births(1, 2), links: [{ link: link(1, { hash: "h" }), was: 0 }, { link: link(2), was: 0 }]
        }, { ...batch, cursor })
        yield* hub.backup(backup)
        assert.strictEqual((yield* Effect.flip(hub.backup(backup))).message,
          `${backup} exists already; name a file that does not.`)
        const dump = yield* hub.dump()
        yield* hub.commit({ ...births(3), tombstones: [grave(2)] }, batch)
        return dump
      }))
      const copy = yield* Effect.scoped(Effect.flatMap(open(backup), (hub) => hub.dump()))
      assert.strictEqual(copy, saved)
      const sentence = yield* restore(backup, path)
      assert.include(sentence, `kept as ${path}.before-restore`)
      const hub = yield* open(path)
      const found = yield* hub.load({ ...nothing, goldens: [id(1), id(2), id(3)] }, t0, "run-2")
      assert.deepEqual([...found.goldens.keys()], [id(1), id(2)])
      assert.deepEqual([...found.tombstones.keys()], [id(2)])
      assert.deepEqual(found.links.get("erp.KUNDEN|1"), link(1, { shadow: {}, rev: 2 }))
      assert.isUndefined(yield* hub.cursor("erp.KUNDEN", "changes"))
      assert.strictEqual(yield* Effect.scoped(Effect.flatMap(open(backup), (one) => one.dump())), saved)
    })))

  it.live("a backup beside a sync that never stops writing comes to an end", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      const hub = yield* open(path)
      yield* hub.commit(births(...Array.from({ length: 3_000 }, (_, n) => 1_000 + n)), batch)
      let ended = false
      let commits = 0
      const most = 500
      const writing = Effect.gen(function*() {
        while (!ended && commits < most) {
          yield* hub.inbox.put([hint(String(commits++))])
          yield* Effect.promise(() => new Promise<void>((next) => setImmediate(next)))
        }
      })
      const copying = Effect.ensuring(hub.backup(`${path}.backup`), Effect.sync(() => {
        ended = true
      }))
      yield* Effect.all([copying, writing], { concurrency: 2 })
      assert.isBelow(commits, most)
    })), 30_000)

  it.effect("a missing or damaged backup leaves the hub as it is", () => Effect.scoped(Effect.gen(function*() {
    const path = yield* place
    yield* filled(path)
    assert.strictEqual((yield* Effect.flip(restore(`${path}.none`, path))).message,
      `There is no backup at ${path}.none.`)
    writeFileSync(`${path}.bad`, "nonsense ".repeat(999))
    assert.strictEqual((yield* Effect.flip(restore(`${path}.bad`, path))).reason._tag, "Damaged")
    const hub = yield* open(path)
    assert.strictEqual((yield* hub.counts())[0]?.goldens, 2)
    assert.deepEqual(readdirSync(dirname(path)).filter((name) => name.includes("restor")), [])
  })))

  it.effect("deletions are written down again after a crash between commit and line", () =>
    Effect.scoped(Effect.gen(function*() {
      const path = yield* place
      yield* Effect.scoped(Effect.flatMap(open(path),
        (hub) => hub.commit({ ...births(1), tombstones: [grave(1)] }, batch)))
      const whole = readFileSync(`${path}.tombstones`, "utf8")
      writeFileSync(`${path}.tombstones`, whole.slice(0, 30))
      yield* Effect.scoped(open(path))
      assert.isTrue(readFileSync(`${path}.tombstones`, "utf8").endsWith(whole))
    })))
})
