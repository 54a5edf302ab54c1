/** What a shop holds: customers, products, stock, orders, and what its apps have set up. */
import type { Json } from "../../../core/model/value.ts"

export type Row = { [name: string]: Json }

/** What every record has; times are whole seconds. */
export interface Base {
  readonly id: string
  readonly createdAt: string
  updatedAt: string
  /** What the search index shows until it has caught up with `updatedAt`. */
  indexed: string | undefined
  changedMs: number
  /** How long the search index takes to learn of the last change. */
  lagMs: number
}

export interface Consent {
  state: string
  level: string | null
  at: string | null
}

export interface Address extends Row {
  readonly id: string
}

export interface Customer extends Base {
  firstName: string | null
  lastName: string | null
  email: string | null
  phone: string | null
  locale: string
  note: string | null
  tags: ReadonlyArray<string>
  state: string
  taxExempt: boolean
  addresses: Array<Address>
  defaultAddress: string | undefined
  emailConsent: Consent
  smsConsent: Consent
}

export interface Item {
  readonly id: string
  readonly variant: string
  sku: string | null
  tracked: boolean
  requiresShipping: boolean
  cost: string | null
  weight: { readonly value: number; readonly unit: string } | null
}

export interface Variant extends Base {
  readonly product: string
  readonly item: string
  barcode: string | null
  price: string
  compareAtPrice: string | null
  taxable: boolean
  position: number
  options: ReadonlyArray<{ readonly name: string; readonly value: string }>
}

export interface Product extends Base {
  title: string
  handle: string
  descriptionHtml: string
  vendor: string
  productType: string
  status: string
  tags: ReadonlyArray<string>
  options: Array<{ readonly id: string; name: string; position: number; values: ReadonlyArray<string> }>
  variants: Array<string>
  media: Array<{ readonly id: string; readonly url: string; readonly alt: string | null }>
  publications: Map<string, string>
}

export interface Level extends Base {
  readonly item: string
  readonly location: string
  active: boolean
  quantities: { [name: string]: number }
}

export interface Location extends Base {
  name: string
  active: boolean
  fulfillsOnlineOrders: boolean
  address: Row
}

export interface Line {
  readonly id: string
  readonly variant: string | null
  readonly sku: string | null
  readonly title: string
  readonly variantTitle: string | null
  quantity: number
  currentQuantity: number
  unfulfilled: number
  readonly price: string
  readonly discount: string
  readonly taxRate: number
}

export interface Order extends Base {
  readonly name: string
  readonly processedAt: string
  readonly test: boolean
  readonly currency: string
  readonly taxesIncluded: boolean
  readonly sourceName: string
  readonly sourceIdentifier: string | null
  readonly location: string | null
  customer: string | null
  email: string | null
  phone: string | null
  note: string | null
  tags: ReadonlyArray<string>
  cancelledAt: string | null
  cancelReason: string | null
  closedAt: string | null
  edited: boolean
  billingAddress: Row | null
  shippingAddress: Row | null
  lines: Array<Line>
  readonly shipping: { readonly id: string; readonly code: string; readonly title: string; readonly price: string }
    | null
  transactions: Array<Row>
  fulfillments: Array<Row & { readonly id: string }>
  refunds: Array<Row & { readonly id: string }>
}

export interface PriceList {
  readonly id: string
  readonly name: string
  readonly currency: string
  readonly prices: Map<string, { readonly amount: string; readonly compareAt: string | null }>
}

export interface Definition {
  readonly id: string
  readonly owner: string
  readonly namespace: string
  readonly key: string
  readonly name: string
  readonly type: string
  readonly unique: boolean
}

export interface Metafield {
  readonly id: string
  value: string
  type: string
}

export interface Subscription {
  readonly id: string
  readonly topic: string
  readonly uri: string
  failures: number
}

export interface Bulk {
  readonly id: string
  readonly query: string
  readonly type: "QUERY" | "MUTATION"
  readonly createdAt: string
  status: string
  errorCode: string | null
  lines: ReadonlyArray<string>
  roots: number
  partial: boolean
  polls: number
}

export interface Hook {
  readonly topic: string
  readonly payload: Row
}

export interface ShopSettings {
  readonly domain: string
  readonly currency: string
  readonly taxesIncluded: boolean
  readonly scopes: ReadonlyArray<string>
  /** How long a change takes to be found by a search. */
  readonly searchLagMs: number
  /** False: names, addresses and contact points come as null, without a word. */
  readonly protectedData: boolean
}

export interface ShopEvent {
  readonly id: string
  readonly subject: string
  readonly type: string
  readonly action: string
  readonly at: string
}

export class Shop {
  readonly settings: ShopSettings
  readonly now: () => number
  readonly customers = new Map<string, Customer>()
  readonly products = new Map<string, Product>()
  readonly variants = new Map<string, Variant>()
  readonly items = new Map<string, Item>()
  readonly levels = new Map<string, Level>()
  readonly locations = new Map<string, Location>()
  readonly orders = new Map<string, Order>()
  readonly publications = new Map<string, string>()
  readonly priceLists = new Map<string, PriceList>()
  readonly definitions: Array<Definition> = []
  readonly metafields = new Map<string, Map<string, Metafield>>()
  readonly subscriptions = new Map<string, Subscription>()
  readonly bulks = new Map<string, Bulk>()
  readonly deletions: Array<{ readonly id: string; readonly subject: string; readonly at: string }> = []
  readonly events: Array<ShopEvent> = []
  readonly merges = new Map<string, string>()
  readonly staged = new Map<string, string>()
  readonly done = new Map<string, { readonly asked: string; readonly payload: unknown }>()
  /** Called for everything that a subscription may want to hear of. */
  hook: (hook: Hook) => void = () => undefined
  #last = 1_000_000
  /** For the changes that are made from now on. */
  searchLagMs: number
  /** Fields of customers that the token may not see: null, with an error beside the data. */
  readonly denied = new Set<string>()

  constructor(settings: ShopSettings, now: () => number) {
    this.settings = settings
    this.now = now
    this.searchLagMs = settings.searchLagMs
  }

  id(type: string): string {
    this.#last += 1
    return `gid://shopify/${type}/${this.#last}`
  }

  time(ms = this.now()): string {
    return `${new Date(ms).toISOString().slice(0, 19)}Z`
  }

  base(id: string, at = this.time()): Base {
    return { id, createdAt: at, updatedAt: at, indexed: undefined, changedMs: Date.parse(at), lagMs: this.searchLagMs }
  }

  /** A change moves the time of a record; the search index learns of it later. */
  touch(record: Base): void {
    record.indexed = this.indexedAt(record)
    record.updatedAt = this.time()
    record.changedMs = this.now()
    record.lagMs = this.searchLagMs
  }

  /** What a search sees of a record's time; undefined: not in the index yet. */
  indexedAt(record: Base): string | undefined {
    return this.now() - record.changedMs >= record.lagMs ? record.updatedAt : record.indexed
  }

  metafield(owner: string, namespace: string, key: string): Metafield | undefined {
    return this.metafields.get(owner)?.get(`${namespace}.${key}`)
  }

  setMetafield(owner: string, namespace: string, key: string, type: string, value: string): Metafield {
    const of = this.metafields.get(owner) ?? new Map<string, Metafield>()
    this.metafields.set(owner, of)
    const known = of.get(`${namespace}.${key}`)
    const one = known ?? { id: this.id("Metafield"), value, type }
    one.value = value
    of.set(`${namespace}.${key}`, one)
    return one
  }

  /** The record that carries this value in a unique metafield. */
  ownerOf(type: string, namespace: string, key: string, value: string): string | undefined {
    for (const [owner, fields] of this.metafields) {
      if (owner.startsWith(`gid://shopify/${type}/`) && fields.get(`${namespace}.${key}`)?.value === value) return owner
    }
    return undefined
  }

  level(item: string, location: string): Level | undefined {
    return [...this.levels.values()].find((level) => level.item === item && level.location === location)
  }

  event(subject: string, type: string, action: string): void {
    this.events.push({ id: this.id("BasicEvent"), subject, type, action, at: this.time() })
  }
}

export const numberOf = (id: string): number => Number(/\/(\d+)(?:\?.*)?$/.exec(id)?.[1] ?? "0")
