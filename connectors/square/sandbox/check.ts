/** Requests and answers judged by the vendor's own serializers (npm `square`): unknown keys and wrong types are faults. */
import type { Json } from "../../../core/model/value.ts"

type Verdict = (body: Json) => ReadonlyArray<string>

interface Parser {
  readonly parse: (raw: unknown) => unknown
}

export interface Checker {
  /** By the name of the type in the package; undefined: there is no such type. */
  readonly of: (name: string) => Verdict | undefined
}

/** The package is large, so it is loaded by whoever starts a sandbox. */
export const checker = async (): Promise<Checker> => {
  const { serialization } = await import("square")
  const flat = parsersIn(serialization)
  const known = new Map<string, Verdict | undefined>()
  return {
    of: (name) => {
      if (!known.has(name)) {
        const parser = flat.get(name)
        known.set(name, parser === undefined ? undefined : (body) => faultsIn(parser.parse(body)))
      }
      return known.get(name)
    }
  }
}

/** Types of all resources share one space of names; requests stand below their resource. */
const parsersIn = (serialization: object): ReadonlyMap<string, Parser> => {
  const found = new Map<string, Parser>()
  const visit = (space: object, depth: number): void => {
    for (const [name, one] of Object.entries(space)) {
      if (isParser(one)) {
        if (!found.has(name)) found.set(name, one)
      } else if (typeof one === "object" && one !== null && depth < 2) visit(one, depth + 1)
    }
  }
  visit(serialization, 0)
  return found
}

const isParser = (one: unknown): one is Parser =>
  typeof one === "object" && one !== null && "parse" in one && typeof one.parse === "function"

const faultsIn = (parsed: unknown): ReadonlyArray<string> => {
  if (typeof parsed !== "object" || parsed === null || !("ok" in parsed))
    return ["the serializer gave no verdict"]
  if (parsed.ok === true) return []
  const errors: ReadonlyArray<unknown> = "errors" in parsed && Array.isArray(parsed.errors) ? parsed.errors : []
  // The package's own messages quote values: only paths go on.
  return errors.map((error) => {
    const path =
      typeof error === "object" && error !== null && "path" in error && Array.isArray(error.path)
        ? error.path
        : []
    const key =
      typeof error === "object" && error !== null && "message" in error
        ? /^Unexpected key "[^"]*"|^Missing required key "[^"]*"|^Expected [a-z ]+/i.exec(
            String(error.message)
          )?.[0]
        : undefined
    return `${path.join(".")}: ${key ?? "does not fit"}`
  })
}
