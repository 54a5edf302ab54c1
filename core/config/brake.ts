/** Reads a brake's limit: `200`, `"5%"`, `{ count, percent }`. */
import type { Limit } from "../engine/project.ts"

/** Undefined where it is none of these. */
export const limitOf = (option: unknown): Limit | undefined => {
  if (isCount(option)) return { count: option }
  if (typeof option === "string") {
    const share = /^(\d+(?:\.\d+)?)\s*%$/.exec(option)
    return share === null ? undefined : { percent: Number(share[1]) }
  }
  if (typeof option !== "object" || option === null) return undefined
  // Both are checked below.
  const { count, percent, ...rest } = option as { readonly count?: unknown; readonly percent?: unknown }
  if (Object.keys(rest).length > 0 || (count === undefined && percent === undefined)) return undefined
  if ((count !== undefined && !isCount(count)) || (percent !== undefined && !isCount(percent))) return undefined
  return { ...(count === undefined ? {} : { count }), ...(percent === undefined ? {} : { percent }) }
}

const isCount = (x: unknown): x is number => typeof x === "number" && Number.isFinite(x) && x >= 0
