/** Fingerprints of what a person was shown: an approval and a plan release exactly these and nothing newer. */
import { hash } from "node:crypto"
import type { Mapping } from "../mapping/mapping.ts"
import { isList, isRecord } from "../model/value.ts"
import type { Json, Path } from "../model/value.ts"
import { unset } from "../sync/state.ts"
import type { Push } from "../sync/push.ts"

type Send = Extract<Push, { readonly do: "create" | "update" | "remove" }>

/** Of what would be written. */
export const patchHash = (mapping: Mapping, push: Send): string => {
  if (push.do === "remove") return digest(`remove|${push.how}`)
  const writes = push.writes.map(({ path, value }) => `${path}=${canonical(stable(mapping, path, value))}`)
  return digest(`${push.do}\n${writes.sort().join("\n")}`)
}

/** Of what would be overwritten. */
export const baseHash = (mapping: Mapping, push: Send): string => {
  if (push.do !== "update") return digest(push.do)
  const bases = push.writes.map(({ path, base }) =>
    `${path}=${base === undefined ? unset.$ : canonical(stable(mapping, path, base))}`)
  return digest(bases.sort().join("\n"))
}

/**
 * Ids that do not exist yet when a plan is made (of a parent that the same plan creates, of a row that the system
 * will number) are left out, so that the plan and its execution show the same fingerprint.
 */
const stable = (mapping: Mapping, path: Path, json: Json): Json => {
  const field = mapping.fields.get(path)
  if (field === undefined || json === null) return json
  const attributes = (field.references ?? []).map((reference) => reference.attribute)
  if (attributes.includes(undefined) && !isList(json)) return unset.$
  const left = [...attributes, ...(field.ids?.kind === "ext" ? ["id"] : [])]
  if (!isList(json) || left.length === 0) return json
  return json.map((element) => isRecord(element)
    ? Object.fromEntries(Object.entries(element).map(([name, value]) => [name, left.includes(name) ? unset.$ : value]))
    : element)
}

const digest = (text: string): string => hash("sha256", text, "base64url")

/** Text that is the same for equal values, whatever the order of their keys. */
const canonical = (json: Json): string => {
  if (isList(json)) return `[${json.map(canonical).join(",")}]`
  if (!isRecord(json)) return JSON.stringify(json)
  const entries = Object.keys(json).sort().map((key) => `${JSON.stringify(key)}:${canonical(json[key] ?? null)}`)
  return `{${entries.join(",")}}`
}
