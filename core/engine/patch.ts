/** Fingerprints of what a person was shown: an approval and a plan release exactly these and nothing newer. */
import { hash } from "node:crypto"
import { isList, isRecord } from "../model/value.ts"
import type { Json } from "../model/value.ts"
import { unset } from "../sync/state.ts"
import type { Push } from "../sync/push.ts"

type Send = Extract<Push, { readonly do: "create" | "update" | "remove" }>

/** Of what would be written. */
export const patchHash = (push: Send): string => {
  if (push.do === "remove") return digest(`remove|${push.how}`)
  const writes = push.writes.map((write) => `${write.path}=${canonical(write.value)}`).sort()
  return digest(`${push.do}\n${writes.join("\n")}`)
}

/** Of what would be overwritten. */
export const baseHash = (push: Send): string => {
  if (push.do !== "update") return digest(push.do)
  const bases = push.writes.map(({ path, base }) => `${path}=${base === undefined ? unset.$ : canonical(base)}`)
  return digest(bases.sort().join("\n"))
}

const digest = (text: string): string => hash("sha256", text, "base64url")

/** Text that is the same for equal values, whatever the order of their keys. */
const canonical = (json: Json): string => {
  if (isList(json)) return `[${json.map(canonical).join(",")}]`
  if (!isRecord(json)) return JSON.stringify(json)
  const entries = Object.keys(json).sort().map((key) => `${JSON.stringify(key)}:${canonical(json[key] ?? null)}`)
  return `{${entries.join(",")}}`
}
