/** How a list goes on from page to page. */
import { isList } from "../../model/value.ts"
import type { Json } from "../../model/value.ts"
import type { Answer, Call } from "../api.ts"
import { at } from "./flat.ts"

export type Paging =
  /** An address in the answer, at this dotted name; `header`: in the `Link` header as rel="next" (RFC 8288). */
  | { readonly by: "link"; readonly at: string }
  | { readonly by: "link"; readonly header: true }
  /** A token in the answer, sent back as this parameter together with the whole query. */
  | { readonly by: "token"; readonly at: string; readonly parameter: string }
  /** Counted pages. A record that is deleted between two pages hides another: prefer any of the others. */
  | { readonly by: "page"; readonly parameter: string; readonly first?: number }
  /** The last id of the page before; with the last change time where changes are asked for. Ordered by both. */
  | { readonly by: "after"; readonly parameter: string }

export interface Last {
  readonly id: string
  readonly changed: string | undefined
}

/** The request for a page: the first one, or the one that `state` leads to. */
export const pageCall = (
  call: Call, paging: Paging | undefined, state: Json | undefined, changed: string | undefined
): Call => {
  if (paging === undefined) return call
  if (state === undefined) {
    return paging.by === "page" ? { ...call, query: { ...call.query, [paging.parameter]: paging.first ?? 1 } } : call
  }
  switch (paging.by) {
    case "link": return { ...call, link: String(state) }
    case "token": case "page": return { ...call, query: { ...call.query, [paging.parameter]: String(state) } }
    case "after": {
      const [time, id] = isList(state) ? state : []
      return { ...call, query: { ...call.query, [paging.parameter]: String(id),
        ...(changed !== undefined && typeof time === "string" ? { [changed]: time } : {}) } }
    }
  }
}

/** Where it goes on; undefined: that was all. */
export const nextOf = (
  answer: Answer, items: ReadonlyArray<Json>, paging: Paging | undefined, state: Json | undefined,
  size: number | undefined, last: Last | undefined
): Json | undefined => {
  if (paging === undefined) return undefined
  const full = items.length > 0 && (size === undefined || items.length >= size)
  switch (paging.by) {
    case "link": return "header" in paging ? linkHeader(answer.headers["link"]) : told(at(answer.json, paging.at))
    case "token": return told(at(answer.json, paging.at))
    case "page": return full ? Number(state ?? paging.first ?? 1) + 1 : undefined
    case "after": return full && last !== undefined ? [last.changed ?? null, last.id] : undefined
  }
}

const told = (value: Json | undefined): Json | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? value : undefined

const linkHeader = (header: string | undefined): string | undefined => {
  for (const [, url, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:[^,"<]|"[^"]*")*)/g)) {
    if (/;\s*rel="?(?:[^"]*\s)?next(?:\s[^"]*)?"?/i.test(parameters)) return url
  }
  return undefined
}
