/** A table of the in-memory hub: rows by key, indexes beside them, and a journal that can undo a transaction. */

/** Undoes one change. */
type Undo = () => void

/** What the open transaction changed, and what commits changed that were not yet made durable. */
export class Journal {
  #open: Array<Undo> | undefined
  #volatile: Array<Undo> = []

  /** All of `work` or nothing. */
  transaction<A>(work: () => A, durable: () => boolean): A {
    if (this.#open !== undefined) throw new Error("a hub transaction inside another")
    this.#open = []
    try {
      const result = work()
      if (durable()) this.#volatile = []
      else this.#volatile.push(...this.#open)
      return result
    } catch (error) {
      rollBack(this.#open)
      throw error
    } finally {
      this.#open = undefined
    }
  }

  changed(undo: Undo): void {
    if (this.#open === undefined) throw new Error("a hub change outside a transaction")
    this.#open.push(undo)
  }

  /** What a power cut takes: commits that were not made durable. */
  crash(): void {
    const lost = this.#volatile
    this.#volatile = []
    rollBack(lost)
  }
}

const rollBack = (undo: ReadonlyArray<Undo>): void => {
  for (let at = undo.length - 1; at >= 0; at--) undo[at]?.()
}

interface Index<V> {
  /** Where a row stands in it; undefined: nowhere. */
  readonly of: (row: V) => string | undefined
  readonly keys: Map<string, Set<string>>
}

export class Table<V> {
  readonly rows = new Map<string, V>()
  readonly #journal: Journal
  readonly #indexes: ReadonlyMap<string, Index<V>>

  constructor(journal: Journal, indexes: { readonly [name: string]: (row: V) => string | undefined } = {}) {
    this.#journal = journal
    this.#indexes = new Map(Object.entries(indexes).map(([name, of]) => [name, { of, keys: new Map() }]))
  }

  get(key: string): V | undefined {
    return this.rows.get(key)
  }

  /** Rows whose index `name` says `at`. */
  by(name: string, at: string): ReadonlyArray<V> {
    const found: Array<V> = []
    for (const key of this.#indexes.get(name)?.keys.get(at) ?? []) {
      const row = this.rows.get(key)
      if (row !== undefined) found.push(row)
    }
    return found
  }

  /** Entries of an index, for ranges. */
  entries(name: string): Iterable<readonly [string, ReadonlySet<string>]> {
    return this.#indexes.get(name)?.keys ?? []
  }

  set(key: string, row: V): void {
    const old = this.#put(key, row)
    this.#journal.changed(() => old === undefined ? this.#remove(key) : this.#put(key, old))
  }

  delete(key: string): boolean {
    const old = this.#remove(key)
    if (old === undefined) return false
    this.#journal.changed(() => this.#put(key, old))
    return true
  }

  fill(from: Table<V>): void {
    for (const [key, row] of from.rows) this.set(key, row)
  }

  #put(key: string, row: V): V | undefined {
    const old = this.#remove(key)
    this.rows.set(key, row)
    for (const { of, keys } of this.#indexes.values()) {
      const at = of(row)
      if (at === undefined) continue
      const set = keys.get(at)
      if (set === undefined) keys.set(at, new Set([key]))
      else set.add(key)
    }
    return old
  }

  #remove(key: string): V | undefined {
    const old = this.rows.get(key)
    if (old === undefined) return undefined
    this.rows.delete(key)
    for (const { of, keys } of this.#indexes.values()) {
      const at = of(old)
      if (at === undefined) continue
      const set = keys.get(at)
      set?.delete(key)
      if (set?.size === 0) keys.delete(at)
    }
    return old
  }
}
