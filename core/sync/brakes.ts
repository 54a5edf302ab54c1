/** What stops a run that would do more than anybody meant (SEMANTICS 1.8). Creates flow past a delete breaker. */

/** Held above `count` and above `percent` of the linked records; a part that is left out does not have to be met. */
export interface Limit {
  readonly count?: number
  readonly percent?: number
}

export interface Limits {
  readonly creates?: Limit
  readonly changes?: Limit
  readonly deletes?: Limit
}

/** What a run is about to do at one side. */
export interface Counts {
  /** Records of the side that are linked. */
  readonly bound: number
  readonly creates: number
  readonly updates: number
  /** Linked records of which a value that is not null would be replaced. */
  readonly overwrites: number
  readonly deletes: number
  /** Deletions of the last 24 hours, this run's included. */
  readonly deletesDay?: number
  /** Records in the complete listing that showed the deletions. */
  readonly listed?: number
}

/** Why something is held; a key that is absent flows. */
export interface Brakes {
  readonly creates?: string
  readonly updates?: string
  readonly deletes?: string
}

/** Fewer deletions than this are never held: somebody cleans up by hand. */
const deletesFree = 10
const overwritesFree = 50

/** Releasing is `esl approve <run>`, for exactly what was shown. */
export const brakes = (counts: Counts, limits: Limits = {}): Brakes => {
  const creates = over("creates", counts.creates, limits.creates, counts.bound)
  const updates = over("changes", counts.updates, limits.changes, counts.bound) ?? overwriting(counts)
  const deletes = over("deletes", counts.deletes, limits.deletes, counts.bound) ?? vanishing(counts)
  return {
    ...(creates === undefined ? {} : { creates }),
    ...(updates === undefined ? {} : { updates }),
    ...(deletes === undefined ? {} : { deletes })
  }
}

/** Both terms: a share alone stops a small hub at every deletion, a number alone never guards a large one. */
const vanishing = ({ deletes, deletesDay = deletes, bound, listed }: Counts): string | undefined => {
  if (deletes === 0) return undefined
  if (listed !== undefined && bound > 0 && listed === 0) return "the listing is empty"
  if (listed !== undefined && listed < bound * 0.7) return `the listing shrank to ${listed} of ${bound} records`
  if (deletes > deletesFree && deletes > bound * 0.1) {
    return `${deletes} of ${bound} records would be deleted in one run`
  }
  if (deletesDay > deletesFree && deletesDay > bound * 0.03) {
    return `${deletesDay} of ${bound} records would be deleted within 24 hours`
  }
  return undefined
}

const overwriting = ({ overwrites, bound }: Counts): string | undefined =>
  overwrites > overwritesFree && overwrites > bound * 0.05
    ? `values of ${overwrites} of ${bound} linked records would be replaced`
    : undefined

const over = (what: string, count: number, limit: Limit | undefined, bound: number): string | undefined => {
  if (limit === undefined || (limit.count === undefined && limit.percent === undefined)) return undefined
  if (limit.count !== undefined && count <= limit.count) return undefined
  if (limit.percent !== undefined && count <= (bound * limit.percent) / 100) return undefined
  const allowed = [limit.count, limit.percent === undefined ? undefined : `${limit.percent} %`]
  return `${count} ${what} of ${bound} linked records, the config allows ${
    allowed.filter((part) => part !== undefined).join(" and ")
  }`
}
