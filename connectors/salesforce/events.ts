/**
 * Change events (JSON, as Pub/Sub or CometD clients decode them) into hints. An event never carries data for us: the
 * record is read again. Where an event names no records (a gap without ids, an overflow), the whole resource is read.
 */
import type { Seen } from "../../core/connector/connector.ts"
import type { Json } from "../../core/model/value.ts"
import { isRecord, listOf, textOf } from "./client.ts"
import { isId, to18 } from "./ids.ts"

export interface Heard {
  /** Equal for an event that was delivered twice. */
  readonly key: string
  readonly hints: ReadonlyArray<{ readonly resource: string; readonly seen: Seen }>
  /** Resources whose changes have to be pulled: a record above or below them changed. */
  readonly pull: ReadonlyArray<string>
  /** Resources to be read as a whole: more was lost than anybody can name. */
  readonly sweep: ReadonlyArray<string>
  /** Kept for the log, and never a reason to skip: a flow may have changed another field in the same event. */
  readonly origin?: string
  /** Where to go on after a restart; kept 72 hours by the vendor. */
  readonly replay?: string
}

/** Which objects a resource is made of. */
export interface Watched {
  readonly resource: string
  readonly object: string
  /** Objects whose changes show in it without touching it. */
  readonly around: ReadonlyArray<string>
}

/** Undefined: the text is no change event. */
export const changeEvent = (event: Json, watched: ReadonlyArray<Watched>): Heard | undefined => {
  const data = isRecord(event) && isRecord(event["data"]) ? event["data"] : event
  const payload = isRecord(data) && isRecord(data["payload"]) ? data["payload"] : data
  const header = isRecord(payload) ? payload["ChangeEventHeader"] : undefined
  if (!isRecord(header)) return undefined
  const object = textOf(header["entityName"])
  const type = textOf(header["changeType"])
  if (object === undefined || type === undefined) return undefined
  const own = watched.filter((one) => one.object === object).map(({ resource }) => resource)
  const near = watched.filter((one) => one.around.includes(object)).map(({ resource }) => resource)
  const ids = listOf(header["recordIds"]).filter((id) => typeof id === "string")
  // `001*` stands for records of this kind that are not named.
  const named = ids.filter(isId).map(to18)
  const unnamed = ids.some((id) => !isId(id)) || named.length === 0 || type === "GAP_OVERFLOW"
  const replay = isRecord(data) && isRecord(data["event"]) ? replayOf(data["event"]["replayId"]) : undefined
  const origin = textOf(header["changeOrigin"])
  return {
    key: [header["transactionKey"], header["sequenceNumber"], object, type, named.join(",")].map(said).join("|"),
    hints: known.has(type) && type !== "GAP_OVERFLOW" ? own.flatMap((resource) => hintsOf(resource, named)) : [],
    pull: unnamed ? [] : near,
    // A kind of change that we do not know may mean anything.
    sweep: unnamed || !known.has(type) ? [...new Set([...own, ...near])] : [],
    ...(origin === undefined ? {} : { origin }),
    ...(replay === undefined ? {} : { replay })
  }
}

/** A deletion is a hint, too: it may be the losing half of a merge, which only reading tells. */
const known = new Set([
  "CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW",
  "SNAPSHOT"
])

const hintsOf = (resource: string, ids: ReadonlyArray<string>): Heard["hints"] =>
  ids.map((id) => ({ resource, seen: { _tag: "Hint", id } }))

const said = (json: Json | undefined): string => typeof json === "string" || typeof json === "number" ? String(json) : ""
const replayOf = (json: Json | undefined): string | undefined =>
  typeof json === "number" ? String(json) : textOf(json)
