/** The loyalty service on localhost: it keeps what it is told, and refuses what its documentation forbids. */
import { sandbox } from "esl/testing"
import type { Frame, Reply, Sandbox, SandboxCall, SandboxOptions, Vendor } from "esl/testing"

type Json = NonNullable<Exclude<Reply["body"], Uint8Array>> | null
type Fields = { [key: string]: Json }
interface Member {
  readonly id: string
  version: number
  readonly created: number
  updated: number
  fields: Fields
  addresses: Array<Fields>
  gone?: { readonly at: number; readonly into?: string }
}

/** What a member consists of; anything else is a violation. */
const known = new Set(["card", "email", "phone", "name", "birthday", "status", "labels", "consent"])
const rowKnown = new Set(["kind", "street", "zip", "city", "country"])

const error = (status: number, code: string, more: Fields = {}): Reply =>
  ({ status, body: { error: { code, message: "see the documentation", request_id: "r-1", ...more } } })

export class Loyalty implements Vendor {
  readonly members = new Map<string, Member>()
  readonly #frame: Frame
  readonly #keys = new Map<string, string>()
  #next = 1
  readonly token: string
  constructor(frame: Frame, token: string) {
    this.#frame = frame
    this.token = token
  }
  readonly answers = {
    throttled: (): Reply => ({ ...error(429, "rate_limited"), headers: { "retry-after": "1" } }),
    maintenance: () => error(503, "maintenance"),
    refused: () => error(422, "invalid_value"),
    unheard: () => error(400, "never_documented")
  }

  /** A new member, as if somebody had signed up at a till. */
  add(fields: Fields, addresses: ReadonlyArray<Fields> = []): string {
    const id = `m${this.#next++}`
    const now = this.#frame.now()
    this.members.set(id, { id, version: 1, created: now, updated: now,
      fields: { status: "active", ...fields }, addresses: addresses.map((one) => ({ id: `a${this.#next++}`, ...one })) })
    return id
  }
  edit(id: string, fields: Fields, updated = this.#frame.now()): void {
    const member = this.members.get(id)
    if (member === undefined) throw new Error(`there is no ${id}`)
    member.fields = merged(member.fields, fields)
    member.version++
    member.updated = updated
  }
  /** `into`: it was merged into that one. */
  end(id: string, into?: string): void {
    const member = this.members.get(id)
    if (member !== undefined) member.gone = { at: this.#frame.now(), ...(into === undefined ? {} : { into }) }
  }

  handle = (call: SandboxCall): Reply => {
    if (call.headers["authorization"] !== `Bearer ${this.token}`) return error(401, "token_expired")
    const [, , collection = "", id, part, row] = call.path.split("/").map(decodeURIComponent)
    if (collection === "account") return { status: 200, body: { account: { id: "loyal-1" } } }
    if (collection === "deleted-members") return this.#page(call, "since", true)
    if (collection !== "members") return error(404, "not_found")
    if (id === undefined) return call.method === "POST" ? this.#create(call) : this.#page(call, "updated_since", false)
    const member = this.members.get(id)
    if (member?.gone?.into !== undefined) return error(410, "member_merged", { merged_into: member.gone.into })
    if (member === undefined || member.gone !== undefined) return error(404, "not_found")
    if (part === "addresses") return this.#address(call, member, row)
    if (call.method === "GET") return { status: 200, body: { member: shown(member) } }
    const expected = call.headers["if-match"]
    if (expected === undefined) this.#frame.violation(`${call.method} without If-Match`)
    if (expected !== undefined && expected !== String(member.version)) return error(412, "version_conflict")
    if (call.method === "DELETE") { this.end(id); return { status: 204 } }
    const fields = this.#body(call, known)
    if (!sound(fields)) return error(422, "invalid_value")
    this.edit(id, fields)
    return { status: 200, body: { member: shown(member) } }
  }

  #create(call: SandboxCall): Reply {
    const key = call.headers["idempotency-key"]
    if (key === undefined) this.#frame.violation("POST /members without Idempotency-Key")
    const before = this.members.get(this.#keys.get(key ?? "") ?? "")
    if (before !== undefined) return { status: 200, body: { member: shown(before) } }
    const fields = this.#body(call, known)
    if (!sound(fields)) return error(422, "invalid_value")
    const same = [...this.members.values()].find((one) => one.gone === undefined && one.fields["email"] === fields["email"])
    if (same !== undefined && fields["email"] !== undefined) return error(409, "email_taken", { existing_id: same.id })
    const id = this.add(fields)
    if (key !== undefined) this.#keys.set(key, id)
    const made = this.members.get(id)
    return made === undefined ? error(404, "not_found") : { status: 201, body: { member: shown(made) } }
  }

  /** One page, ordered by time and id; the cursor is the last of the page before. */
  #page({ query }: SandboxCall, since: string, deleted: boolean): Reply {
    const known = new Set([since, "updated_before", "limit", "cursor", "ids"])
    for (const name of query.keys()) if (!known.has(name)) this.#frame.violation(`the list takes no ${name}`)
    const from = Date.parse(query.get(since) ?? "1970-01-01")
    const before = Date.parse(query.get("updated_before") ?? "9999-01-01")
    const ids = query.get("ids")?.split(",")
    const at = (one: Member): number => one.gone?.at ?? one.updated
    const place = (one: Member): string => `${String(at(one)).padStart(16, "0")} ${one.id.padStart(12, "0")}`
    const cursor = query.get("cursor") ?? ""
    const all = [...this.members.values()].filter((one) => (one.gone !== undefined) === deleted && at(one) >= from &&
      at(one) < before && ids?.includes(one.id) !== false && place(one) > cursor)
      .toSorted((one, other) => place(one) < place(other) ? -1 : 1)
    const some = all.slice(0, Number(query.get("limit") ?? 100))
    const last = some.at(-1)
    return { status: 200, body: {
      members: some.map((one) => deleted ? { id: one.id, deleted_at: iso(at(one)) } : shown(one)),
      next_cursor: last === undefined || some.length === all.length ? null : place(last)
    } }
  }

  #address(call: SandboxCall, member: Member, row: string | undefined): Reply {
    const found = member.addresses.find((one) => one["id"] === row)
    if (call.method !== "POST" && found === undefined) return error(404, "not_found")
    member.version++
    member.updated = this.#frame.now()
    if (call.method === "DELETE") {
      member.addresses = member.addresses.filter((one) => one !== found)
      return { status: 204 }
    }
    const fields = this.#body(call, rowKnown)
    const made: Fields = found === undefined ? { id: `a${this.#next++}`, ...fields } : Object.assign(found, fields)
    if (found === undefined) member.addresses.push(made)
    return { status: found === undefined ? 201 : 200, body: made }
  }

  #body(call: SandboxCall, allowed: ReadonlySet<string>): Fields {
    const body: Fields = JSON.parse(call.text)
    for (const key of Object.keys(body)) if (!allowed.has(key)) this.#frame.violation(`${key} cannot be written`)
    return body
  }
}

const sound = ({ status }: Fields): boolean => status === undefined || status === "active" || status === "blocked"
const iso = (at: number): string => new Date(at).toISOString()
const shown = ({ addresses, created, fields, id, updated, version }: Member): Fields => ({
  id, version, created_at: iso(created), updated_at: iso(updated), points: 0, card: null, email: null, phone: null,
  birthday: null, labels: null, name: null, consent: null, ...fields, addresses
})
/** Objects are merged, everything else is replaced. */
const merged = (before: Fields, more: Fields): Fields => Object.fromEntries(
  [...new Set([...Object.keys(before), ...Object.keys(more)])].map((key) => {
    const [one, other] = [before[key], more[key]]
    const both = isFields(one) && isFields(other)
    return [key, both ? merged(one, other) : other === undefined ? one ?? null : other]
  }))
const isFields = (json: Json | undefined): json is Fields =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** `const { service, url } = await startLoyalty("a-token")`. */
export const startLoyalty = async (
  token: string, options: SandboxOptions = {}
): Promise<{ readonly service: Loyalty; readonly server: Sandbox; readonly url: string }> => {
  const made: Array<Loyalty> = []
  const server = await sandbox((frame) => {
    const service = new Loyalty(frame, token)
    made.push(service)
    return service
  }, options)
  const [service] = made
  if (service === undefined) throw new Error("the service did not start")
  return { service, server, url: `${server.url()}/v1` }
}
