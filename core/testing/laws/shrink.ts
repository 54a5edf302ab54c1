/** Makes a counterexample small enough to read: the least value that still breaks the same law. */
import { isList, isRecord } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"

/** Simpler values than this one, the simplest first. */
const simpler = (json: Json): ReadonlyArray<Json> => {
  if (typeof json === "string") return shorter(json)
  if (typeof json === "number")
    return [0, 1, Math.trunc(json / 2), Math.trunc(json)].filter(
      (one) => one !== json && Math.abs(one) <= Math.abs(json)
    )
  if (isList(json)) {
    return [
      ...json.map((_, at) => json.filter((_, other) => other !== at)),
      ...json.flatMap((one, at) =>
        simpler(one).map((less) => json.map((other, index) => (index === at ? less : other)))
      )
    ]
  }
  if (isRecord(json)) {
    return Object.keys(json).flatMap((name) => {
      const less = simpler(json[name] ?? null)
      const { [name]: _, ...rest } = json
      return name === "id" ? [] : [rest, ...less.map((one) => ({ ...json, [name]: one }))]
    })
  }
  return json === true ? [false] : []
}

const shorter = (text: string): ReadonlyArray<string> => {
  if (text === "") return []
  const half = Math.ceil(text.length / 2)
  const cuts = text.length === 1 ? [] : [text.slice(0, half), text.slice(half), text.slice(1), text.slice(0, -1)]
  const plain = text.replace(/[^\x20-\x7e]/gu, "a")
  return [...new Set([...cuts, plain, text.length === 1 ? "a" : ""])].filter((one) => one !== text && one !== "")
}

const stepsAtMost = 400

/** Greedy: takes the first simpler input that still fails, until none does. */
export const shrink = <I extends Json>(input: I, fails: (candidate: Json) => boolean): Json => {
  let [best, steps, found]: [Json, number, boolean] = [input, 0, true]
  while (found) {
    found = false
    for (const candidate of simpler(best)) {
      if (++steps > stepsAtMost) return best
      if (!fails(candidate)) continue
      best = candidate
      found = true
      break
    }
  }
  return best
}
