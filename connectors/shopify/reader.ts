/** Reading a resource: changes by time with overlap, complete listings, backfills by bulk operation, records by id. */
import { Clock, Effect, Option, Stream } from "effect"
import type { Cursor, Page, Reader, ReadOptions, Seen } from "../../core/connector/connector.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Malformed, Unauthorized } from "../../core/connector/errors.ts"
import type { Json } from "../../core/model/value.ts"
import { finished, records, startBulk } from "./bulk.ts"
import {
  bulkDocument, changesQuery, deletionsQuery, eventsQuery, levelsQuery, listingQuery, locationIdsQuery, metafieldOf,
  moreLinesQuery, moreVariantsQuery, nodesQuery, selectionOf
} from "./documents.ts"
import type { Kind } from "./documents.ts"
import type { Answered, Graph } from "./graph.ts"
import { isNode, nextIn, nodesIn, textAt, treeOf } from "./selection.ts"
import type { Node_ } from "./selection.ts"
import { heldOf, narrowed, seenOf } from "./shape.ts"
import type { ShopFacts } from "./shape.ts"

export interface Source {
  readonly kind: Kind
  readonly graph: Graph
  readonly shop: Effect.Effect<ShopFacts, ConnectorError>
  /** What the mapping of this resource reads and writes. */
  readonly columns: ReadonlyArray<string>
  readonly overlapMs: number
  readonly bulk: boolean
  readonly pollMs: number
  /** Columns that this token may not see although Shopify answers null without a word. */
  readonly hidden: ReadonlyArray<string>
  readonly pageSize: number
}

/** Where a read stands. Every part of it is JSON and small. */
interface Place {
  readonly [name: string]: Json
}

const textIn = (place: Place, name: string): string | undefined => {
  const value = place[name]
  return typeof value === "string" ? value : undefined
}
const countIn = (place: Place, name: string): number => {
  const value = place[name]
  return typeof value === "number" ? value : 0
}
const placeOf = (cursor: Cursor | undefined): Place => isNode(cursor) ? cursor : {}
const plus = (place: Place, more: { readonly [name: string]: Json | undefined }): Place => {
  const after: { [name: string]: Json } = { ...place }
  for (const [name, value] of Object.entries(more)) {
    if (value === undefined) delete after[name]
    else after[name] = value
  }
  return after
}

/** A second is the finest that Shopify filters by. */
const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** A reader that also shows records whole: what a write needs to know is more than what a mapping reads. */
export interface WholeReader extends Reader {
  readonly whole: Reader["fetch"]
}

export const makeReader = (source: Source): WholeReader => {
  const { kind } = source
  const read = new Reads(source)
  const timed = kind.resource !== "locations"
  return {
    covers: {
      // A metafield or a publication that changes need not move the time of its owner.
      cursor: timed ? source.columns.filter((column) => metafieldOf(column) === undefined && column !== "publications") : "all",
      listing: true
    },
    // Locations have no filter by time: each read is one of all, and goes on where a limit ended it.
    changes: (since, options) => timed ? read.changes(placeOf(since), options, since === undefined)
      : Stream.map(read.listing(placeOf(since), options), ({ listing: _, ...page }) => page),
    listing: (resume, options) => read.listing(placeOf(resume), options),
    fetch: (ids, options) => Effect.map(read.fetch(ids, options), ({ readAt, seen }) => ({ readAt,
      seen: seen.map((one) => one._tag === "Held" ? seenOf(narrowed(one, options.columns)) : one) })),
    whole: (ids, options) => read.fetch(ids, options),
    ...timed ? { cursorAt: (since: string): Cursor => ({ seen: since }) } : {}
  }
}

interface Fetched {
  readonly readAt: number
  readonly nodes: ReadonlyArray<Node_>
  readonly denied: Answered["denied"]
  readonly next: string | undefined
}

/** A step of a long read: what it found, and where the next one begins. */
type Step = Effect.Effect<readonly [ReadonlyArray<Page>, Option.Option<Place>], ConnectorError>

class Reads {
  readonly #source: Source
  /** Grows no more once a page was too dear. */
  #size: number
  constructor(source: Source) {
    this.#source = source
    this.#size = source.pageSize
  }

  changes(place: Place, options: ReadOptions, fresh: boolean): Stream.Stream<Page, ConnectorError> {
    const { bulk, kind } = this.#source
    const whole = options.limit === undefined && options.until === undefined
    if (bulkable.has(kind.resource) && ((bulk && fresh && whole) || place["bulk"] !== undefined)) {
      return this.#backfill(place, options, false)
    }
    return Stream.paginate(place, (now) => kind.resource === "inventory_levels" ? this.#levels(now, options, true)
      : this.#window(now, options))
  }

  listing(place: Place, options: ReadOptions): Stream.Stream<Page, ConnectorError> {
    const { bulk, kind } = this.#source
    if (bulkable.has(kind.resource) && bulk && options.limit === undefined && textIn(place, "after") === undefined) {
      return this.#backfill(place, options, true)
    }
    return Stream.paginate(place, (now) => kind.resource === "inventory_levels" ? this.#levels(now, options, false)
      : this.#list(now, options))
  }

  fetch(ids: ReadonlyArray<string>, { columns }: ReadOptions) {
    return Effect.gen({ self: this }, function*() {
      const { graph, kind, shop } = this.#source
      const readAt = yield* Clock.currentTimeMillis
      const facts = yield* shop
      const seen: Array<Seen> = []
      const wanted = this.#columns(columns)
      const valid = ids.filter((id) => id.startsWith(`gid://shopify/${kind.type}/`))
      for (let at = 0; at < valid.length;) {
        const some = valid.slice(at, at + this.#size)
        const answer = yield* this.#sized((size) => size < some.length ? undefined
          : graph.query(`read ${kind.resource}`, nodesQuery(kind, wanted), { ids: some }))
        if (answer === undefined) continue
        at += some.length
        const nodes = answer.data["nodes"]
        for (const [index, id] of some.entries()) {
          const node = Array.isArray(nodes) ? nodes[index] : undefined
          if (isNode(node)) seen.push(...yield* this.#seen(node, wanted, facts, below(answer.denied, "nodes", index), true))
          else seen.push(yield* this.#missing(id, facts, answer.denied.some((path) => path[1] === index)))
        }
      }
      for (const id of ids) if (!valid.includes(id)) seen.push({ _tag: "Gone", id, evidence: "read" })
      return { readAt, seen }
    })
  }

  /** No record: gone, unless the token may simply not see it. */
  #missing(id: string, shop: ShopFacts, denied: boolean): Effect.Effect<Seen, ConnectorError> {
    const { graph, kind } = this.#source
    if (denied) {
      return Effect.fail(graph.fail(`read ${kind.resource}`,
        new Unauthorized({ message: `the token may not see ${kind.resource}: grant the scopes that esl check names` })))
    }
    // Orders older than 60 days answer as if they were not there (https://shopify.dev/docs/api/usage/access-scopes).
    return Effect.succeed(kind.resource === "orders" && !shop.scopes.has("read_all_orders")
      ? { _tag: "Unreadable", id, raw: null, why: "not shown: older than 60 days needs the scope read_all_orders, or deleted" }
      : { _tag: "Gone", id, evidence: "read" })
  }

  #columns(columns: ReadonlyArray<string>): ReadonlyArray<string> {
    return columns.length === 0 ? this.#source.columns : columns
  }

  /** Asks with the page size of now; a page that is too dear is halved and asked for again. */
  #sized<A>(ask: (size: number) => Effect.Effect<A, ConnectorError> | undefined): Effect.Effect<A | undefined,
    ConnectorError> {
    const asked = ask(this.#size)
    if (asked === undefined) return Effect.succeed(undefined)
    return Effect.catchIf(asked, (error): error is ConnectorError =>
      error.reason._tag === "Refused" && error.reason.code === "MAX_COST_EXCEEDED" && this.#size > 1, () => {
      this.#size = Math.max(1, Math.floor(this.#size / 2))
      return this.#sized(ask)
    })
  }

  #page(
    document: string, variables: { readonly [name: string]: Json }, of: (data: Node_) => Json | undefined,
      limit?: number
  ): Effect.Effect<Fetched, ConnectorError> {
    const { graph, kind } = this.#source
    return Effect.gen({ self: this }, function*() {
      const readAt = yield* Clock.currentTimeMillis
      const answer = yield* this.#sized((size) => graph.query(`list ${kind.resource}`, document,
        { ...variables, first: Math.min(size, limit ?? size) }))
      const connection = answer === undefined ? undefined : of(answer.data)
      if (answer === undefined || !isNode(connection)) {
        const denied = answer?.denied.some((path) => path.length <= 2) === true
        return yield* graph.fail(`list ${kind.resource}`, denied
          ? new Unauthorized({ message: `the token may not list ${kind.resource}: grant the scopes that esl check names` })
          : new Malformed({ message: `an answer without ${kind.resource}` }))
      }
      return { readAt, nodes: nodesIn(connection), denied: answer.denied, next: nextIn(connection) }
    })
  }

  /** Whole records of what one page showed. */
  #all(fetched: Fetched, columns: ReadonlyArray<string>, prefix: ReadonlyArray<string>) {
    return Effect.gen({ self: this }, function*() {
      const facts = yield* this.#source.shop
      const seen: Array<Seen> = []
      for (const [at, node] of fetched.nodes.entries()) {
        seen.push(...yield* this.#seen(node, columns, facts, below(fetched.denied, ...prefix, at)))
      }
      return seen
    })
  }

  #seen(
    node: Node_, columns: ReadonlyArray<string>, facts: ShopFacts, denied: ReadonlyArray<string>, bare = false
  ): Effect.Effect<ReadonlyArray<Seen>, ConnectorError> {
    const { hidden, kind } = this.#source
    return Effect.map(this.#whole(node), (whole) => {
      const held = heldOf(kind, columns, whole, facts, { columns: [...hidden, ...denied] })
      return held === undefined ? [] : [seenOf(bare ? held : narrowed(held, columns))]
    })
  }

  /** Variants and order lines go on behind the first page. */
  #whole(node: Node_): Effect.Effect<Node_, ConnectorError> {
    const { graph, kind } = this.#source
    const child = kind.resource === "products" ? "variants" : kind.resource === "orders" ? "lines" : undefined
    const first = child === undefined ? undefined : nextIn(node[child])
    const id = textAt(node, "id")
    if (child === undefined || first === undefined || id === undefined) return Effect.succeed(node)
    return Effect.gen(function*() {
      const nodes = [...nodesIn(node[child])]
      for (let after: string | undefined = first; after !== undefined;) {
        const { data } = yield* graph.query(`read ${child}`, child === "variants" ? moreVariantsQuery : moreLinesQuery,
          { id, after })
        const owner: Json | undefined = data[kind.resource === "products" ? "product" : "order"]
        const connection: Json | undefined = isNode(owner) ? owner[child] : undefined
        nodes.push(...nodesIn(connection))
        after = nextIn(connection)
      }
      return { ...node, [child]: { nodes } }
    })
  }

  /** One page of what changed since; the window ends where the read began. */
  #window(place: Place, options: ReadOptions): Step {
    return Effect.gen({ self: this }, function*() {
      const { kind, overlapMs } = this.#source
      const columns = this.#columns(options.columns)
      const now = yield* Clock.currentTimeMillis
      const started = textIn(place, "started") ?? second(now)
      const [seen, goneSince] = [textIn(place, "seen"), textIn(place, "gone")]
      const from = textIn(place, "from") ?? (seen === undefined ? undefined : second(Date.parse(seen) - overlapMs))
      const after = textIn(place, "after")
      const left = options.limit === undefined ? undefined : options.limit - countIn(place, "read")
      const fetched = yield* this.#page(changesQuery(kind, columns), { query: searchOf(from, options.until),
        ...after === undefined ? {} : { after } }, (data) => data["records"], left)
      // The filter may match whole days: what is older is not new.
      const fresh = { ...fetched, nodes: fetched.nodes.filter((node) => from === undefined || updatedAt(node) >= from) }
      const found = yield* this.#all(fresh, columns, ["records", "nodes"])
      const top = fetched.nodes.map(updatedAt).reduce((a, b) => a > b ? a : b, seen ?? "")
      const read = countIn(place, "read") + fetched.nodes.length
      const done = fetched.next === undefined || (options.limit !== undefined && read >= options.limit)
      const kept = { seen: top === "" ? undefined : top, from, started, read: options.limit === undefined ? undefined
        : read }
      if (!done) {
        const next = plus(place, { ...kept, after: fetched.next })
        return [[{ readAt: fetched.readAt, seen: found, next }], Option.some(next)]
      }
      const gone = yield* this.#deletions(goneSince ?? seen ?? started)
      // Never beyond the start of the read: what changed while it ran is seen by the next.
      const bounded = top === "" ? undefined : top < started || seen !== undefined && seen >= started ? top : started
      const ended = fetched.next !== undefined
      const next = ended ? plus(place, { ...kept, after: fetched.next, read: undefined })
        : plus({}, { seen: bounded, gone: started })
      return [[{ readAt: fetched.readAt, seen: [...found, ...gone], next }], Option.none()]
    })
  }

  /** Products have a deletion log; of customers and orders the log of events may tell, which a read then settles. */
  #deletions(since: string): Effect.Effect<ReadonlyArray<Seen>, ConnectorError> {
    const { graph, kind, overlapMs } = this.#source
    const subject = subjects[kind.resource]
    if (subject === undefined) return Effect.succeed([])
    const from = second(Date.parse(since) - overlapMs)
    return Effect.gen(function*() {
      const seen: Array<Seen> = []
      const [document, root, query] = subject === "PRODUCT"
        ? [deletionsQuery, "deletionEvents", `occurred_at:>='${from}'`] as const
        : [eventsQuery, "events", `subject_type:${subject} AND action:destroy AND created_at:>='${from}'`] as const
      for (let after: string | undefined = ""; after !== undefined;) {
        const variables = { first: 100, query, ...after === "" ? {} : { after } }
        const { data } = yield* graph.query(`list deletions of ${kind.resource}`, document, variables)
        for (const node of nodesIn(data[root])) {
          const id = textAt(node, "subjectId")
          if (id === undefined) continue
          seen.push(subject === "PRODUCT" ? { _tag: "Gone", id, evidence: "feed" } : { _tag: "Hint", id })
        }
        after = nextIn(data[root])
      }
      return seen
    })
  }

  #list(place: Place, options: ReadOptions): Step {
    return Effect.gen({ self: this }, function*() {
      const { kind, shop } = this.#source
      const columns = this.#columns(options.columns)
      const after = textIn(place, "after")
      const fetched = yield* this.#page(listingQuery(kind, columns), after === undefined ? {} : { after },
        (data) => data["records"])
      const seen = yield* this.#all(fetched, columns, ["records", "nodes"])
      const { scopes } = yield* shop
      const read = countIn(place, "read") + fetched.nodes.length
      const done = fetched.next === undefined || (options.limit !== undefined && read >= options.limit)
      // Without the scope for old orders a listing shows only the last 60 days: absence means nothing.
      const complete = fetched.next === undefined && (kind.resource !== "orders" || scopes.has("read_all_orders"))
      const next = fetched.next === undefined ? {} : plus(place, { after: fetched.next, read })
      const page: Page = { readAt: fetched.readAt, seen, next, listing: complete ? "complete" : "open" }
      return [[page], done ? Option.none() : Option.some(next)]
    })
  }

  /** Levels are listed location by location. */
  #levels(place: Place, options: ReadOptions, changed: boolean): Step {
    return Effect.gen({ self: this }, function*() {
      const { overlapMs } = this.#source
      const columns = this.#columns(options.columns)
      const now = yield* Clock.currentTimeMillis
      const started = textIn(place, "started") ?? second(now)
      const [seen, after] = [textIn(place, "seen"), textIn(place, "after")]
      const from = textIn(place, "from") ?? (seen === undefined || !changed ? undefined
        : second(Date.parse(seen) - overlapMs))
      const all = yield* this.#locations()
      const location = textIn(place, "location") ?? all[0]
      if (location === undefined) return [[{ readAt: now, seen: [], next: {}, listing: "complete" as const }], Option.none()]
      const fetched = yield* this.#page(levelsQuery(columns), { location, query: searchOf(from, options.until),
        ...after === undefined ? {} : { after } }, (data) => isNode(data["location"]) ? data["location"]["inventoryLevels"]
          : { nodes: [] })
      const fresh = { ...fetched, nodes: fetched.nodes.filter((node) => from === undefined || updatedAt(node) >= from) }
      const found = yield* this.#all(fresh, columns, ["location", "inventoryLevels", "nodes"])
      const top = fetched.nodes.map(updatedAt).reduce((a, b) => a > b ? a : b, textIn(place, "top") ?? "")
      const following = fetched.next === undefined ? all[all.indexOf(location) + 1] : location
      const listing = changed ? {} : { listing: following === undefined ? "complete" as const : "open" as const }
      if (following === undefined) {
        const bounded = top === "" ? seen : top < started ? top : started
        const next = plus({}, { seen: bounded })
        return [[{ readAt: fetched.readAt, seen: found, next, ...listing }], Option.none()]
      }
      const next = plus(place, { from, started, top: top === "" ? undefined : top, location: following,
        after: fetched.next })
      const read = countIn(place, "read") + fetched.nodes.length
      const done = options.limit !== undefined && read >= options.limit
      return [[{ readAt: fetched.readAt, seen: found, next, ...listing }], done ? Option.none()
        : Option.some(options.limit === undefined ? next : plus(next, { read }))]
    })
  }

  #locations(): Effect.Effect<ReadonlyArray<string>, ConnectorError> {
    const { graph } = this.#source
    return Effect.gen(function*() {
      const ids: Array<string> = []
      for (let after: string | undefined = ""; after !== undefined;) {
        const { data } = yield* graph.query("list locations", locationIdsQuery, after === "" ? {} : { after })
        ids.push(...nodesIn(data["locations"]).flatMap((node) => textAt(node, "id") ?? []))
        after = nextIn(data["locations"])
      }
      return ids
    })
  }

  /** All records through bulk operations; the handle is in the cursor before anything is read of it. */
  #backfill(place: Place, options: ReadOptions, listing: boolean): Stream.Stream<Page, ConnectorError> {
    const columns = this.#columns(options.columns)
    const open = listing ? { listing: "open" as const } : {}
    return Stream.unwrap(Effect.gen({ self: this }, function*() {
      const { graph, kind, pollMs } = this.#source
      const now = yield* Clock.currentTimeMillis
      const started = textIn(place, "started") ?? second(now)
      const last = textIn(place, "last")
      const known = textIn(place, "bulk")
      const id = known ?? (yield* startBulk(graph, bulkDocument(kind, columns, last === undefined ? undefined : `id:>${last}`)))
      // As many as may are running already: pages do as well.
      if (id === undefined) {
        return listing ? Stream.paginate(plus(place, { after: undefined }), (one) => this.#list(one, options))
          : Stream.paginate(plus({}, {}), (one) => this.#window(one, options))
      }
      const handle = plus(place, { bulk: id, started, read: known === undefined ? 0 : countIn(place, "read") })
      const announced: Page = { readAt: now, seen: [], next: handle, ...open }
      const rest = Stream.unwrap(Effect.gen({ self: this }, function*() {
        const done = yield* finished(graph, id, pollMs)
        // Its file is gone (they live for a week): from the last record on, anew.
        if (done === undefined) return this.#backfill(plus(handle, { bulk: undefined, read: undefined }), options,
          listing)
        const readAt = Date.parse(started)
        const facts = yield* this.#source.shop
        return this.#file(done, handle, { columns, facts, readAt, listing })
      }))
      return Stream.concat(Stream.succeed(announced), rest)
    }))
  }

  #file(
    done: { readonly url?: string; readonly partial: boolean; readonly total: number | undefined }, handle: Place,
    reading: {
      readonly columns: ReadonlyArray<string>
      readonly facts: ShopFacts
      readonly readAt: number
      readonly listing: boolean
    }
  ): Stream.Stream<Page, ConnectorError> {
    const { graph, kind } = this.#source
    const { columns, facts, listing, readAt } = reading
    const skip = countIn(handle, "read")
    const open = listing ? { listing: "open" as const } : {}
    let read = skip
    const nodes = done.url === undefined ? Stream.empty : records(graph, done.url).pipe(Stream.drop(skip))
    const tree = treeOf(selectionOf(kind, columns))
    // The last parent of a broken file may lack children: it is read again.
    const pages = Stream.grouped(done.partial ? Stream.dropRight(nodes, 1) : nodes,
      linesPerPage).pipe(Stream.map((group): Page => {
      read += group.length
      const last = textAt(group.at(-1), "id")?.replace(/^.*\//, "")
      const seen = group.flatMap((node) => {
        const held = heldOf(kind, columns, { ...emptyLists(tree), ...node }, facts, { columns: this.#source.hidden })
        return held === undefined ? [] : [seenOf(narrowed(held, columns))]
      })
      const next = plus(handle, { read, ...last === undefined ? {} : { last } })
      return { readAt, seen, next, ...open, ...done.total === undefined ? {} : { total: done.total } }
    }))
    const started = textIn(handle, "started")
    if (!done.partial) {
      const end: Page = { readAt, seen: [], next: listing ? {} : plus({}, { seen: started, gone: started }),
        ...listing ? { listing: "complete" as const } : {} }
      return Stream.concat(pages, Stream.succeed(end))
    }
    let reached: Place = plus(handle, { bulk: undefined, read: undefined })
    const noted = Stream.tap(pages, (page) => Effect.sync(() => {
      reached = plus(placeOf(page.next), { bulk: undefined, read: undefined })
    }))
    return Stream.concat(noted, Stream.suspend(() => this.#backfill(reached, { columns }, listing)))
  }
}

/** Orders hold connections inside of lists, which a bulk operation does not take: they are read by pages. */
const bulkable: ReadonlySet<string> = new Set(["customers", "products"])
const linesPerPage = 250
const subjects: { readonly [resource: string]: string } = { customers: "CUSTOMER", products: "PRODUCT", orders: "ORDER" }

const updatedAt = (node: Node_): string => textAt(node, "updatedAt") ?? ""

const searchOf = (from: string | undefined, until: string | undefined): string | null => {
  const terms = [...from === undefined ? [] : [`updated_at:>='${from}'`], ...until === undefined ? [] : [`updated_at:<'${until}'`]]
  return terms.length === 0 ? null : terms.join(" AND ")
}

/** Columns of one record below a path that was denied. */
const below = (denied: Answered["denied"], ...path: ReadonlyArray<string | number>): ReadonlyArray<string> =>
  denied.flatMap((one) => path.every((part, at) => one[at] === part) && one.length > path.length
    ? [one.slice(path.length).filter((part) => typeof part === "string" && part !== "nodes" && part !== "edges"
      && part !== "node").join(".")]
    : [])

/** A parent without children has no lines for them. */
const emptyLists = (tree: ReturnType<typeof treeOf>): Node_ =>
  Object.fromEntries(Object.entries(tree).flatMap(([name, sub]) =>
    sub !== undefined && ("edges" in sub || "nodes" in sub) ? [[name, { nodes: [] }]] : []))

