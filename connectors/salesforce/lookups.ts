/** Ids of other records that a write needs: accounts of contacts, price books and their entries. Asked once a batch. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { textOf } from "./client.ts"
import type { Client, Found } from "./client.ts"
import { to18 } from "./ids.ts"
import { soql } from "./soql.ts"
import type { Soql } from "./soql.ts"

const idsAtOnce = 200

export class Lookups {
  private readonly client: Client
  private readonly orderBook: string | undefined
  readonly today: string
  /** The org has several currencies. */
  readonly currencies: boolean
  private readonly byContact = new Map<string, string>()
  private readonly byName = new Map<string, string>()
  private readonly entries = new Map<string, string>()
  private standard: string | undefined
  /** Digits after the point that prices of rows below keep. */
  scale = 2

  constructor(client: Client, options: Pick<Lookups, "today" | "currencies"> & { readonly orderBook: string | undefined }) {
    this.client = client
    this.orderBook = options.orderBook
    this.today = options.today
    this.currencies = options.currencies
  }

  get standardBook(): string | undefined {
    return this.standard
  }

  /** Price book of new orders. */
  get bookId(): string | undefined {
    return this.orderBook === undefined ? this.standard : this.byName.get(this.orderBook.toLowerCase())
  }

  accountOf(contact: string): string | undefined {
    return this.byContact.get(to18(contact))
  }

  bookNamed(name: string): string | undefined {
    return this.byName.get(name.toLowerCase())
  }

  priceOf(book: string, product: string, currency: string | undefined): string | undefined {
    return this.entries.get(keyOf(book, product, this.currencies ? currency : undefined))
  }

  accounts(contacts: ReadonlyArray<string>): Effect.Effect<void, ConnectorError> {
    return this.inChunks(contacts.map(to18), (ids) => soql`SELECT Id, AccountId FROM Contact WHERE Id IN ${ids}`, (row) => {
      const account = textOf(row["AccountId"])
      if (account !== undefined) this.byContact.set(to18(String(row["Id"])), to18(account))
    })
  }

  books(): Effect.Effect<void, ConnectorError> {
    if (this.standard !== undefined) return Effect.void
    return Effect.map(this.client.query("price books", soql`SELECT Id, Name, IsStandard FROM Pricebook2 WHERE IsActive = ${true}`),
      ({ rows }) => {
        for (const row of rows) {
          const id = to18(String(row["Id"]))
          this.byName.set(String(row["Name"]).toLowerCase(), id)
          if (row["IsStandard"] === true) this.standard = id
        }
      })
  }

  prices(books: ReadonlyArray<string>, products: ReadonlyArray<string>): Effect.Effect<void, ConnectorError> {
    const all = [...new Set([...books, ...(this.bookId === undefined ? [] : [this.bookId])])]
    const currency = this.currencies ? soql`, CurrencyIsoCode` : soql``
    const fields = soql`Id, Product2Id, Pricebook2Id${currency}`
    return this.inChunks(products.map(to18), (ids) => soql`SELECT ${fields} FROM PricebookEntry WHERE IsActive = ${true} AND Pricebook2Id IN ${all} AND Product2Id IN ${ids}`, (row) => {
      const code = this.currencies ? textOf(row["CurrencyIsoCode"]) : undefined
      this.entries.set(keyOf(String(row["Pricebook2Id"]), String(row["Product2Id"]), code), to18(String(row["Id"])))
    })
  }

  private inChunks(
    ids: ReadonlyArray<string>, query: (ids: ReadonlyArray<string>) => Soql, each: (row: Found) => void
  ): Effect.Effect<void, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const known = [...new Set(ids)]
      for (let at = 0; at < known.length; at += idsAtOnce) {
        const { rows } = yield* this.client.query("look up", query(known.slice(at, at + idsAtOnce)))
        rows.forEach(each)
      }
    })
  }
}

const keyOf = (book: string, product: string, currency: string | undefined): string =>
  `${to18(book)}|${to18(product)}|${currency ?? ""}`
