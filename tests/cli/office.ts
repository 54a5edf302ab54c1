/** The server behind `desk`: an OAuth issuer with people, an account, health and set-up steps. */
import { sandbox } from "../../core/connector/sandbox.ts"
import type { Call, Reply, Sandbox } from "../../core/connector/sandbox.ts"
import { isRecord } from "../../core/model/value.ts"
import type { Json } from "../../core/model/value.ts"
import { Issuer } from "../connector/issuer.ts"
import type { IssuerOptions } from "../connector/issuer.ts"

export class Office {
  readonly issuer: Issuer
  readonly people = new Map<string, { readonly [column: string]: Json }>()
  readonly made = new Set<number>()
  account = "desk-7"
  endOfLife = "2027-07-01"
  secretEnds = "2027-09-01T00:00:00Z"
  server: Sandbox | undefined
  /** All that was granted so far ends once this was answered. */
  revokeAfter: string | undefined
  constructor(options: IssuerOptions) {
    this.issuer = new Issuer(options)
  }
  get url(): string {
    return this.server?.url() ?? ""
  }

  answer(now: number, call: Call): Reply {
    const token = (call.headers["authorization"] ?? "").replace(/^Bearer /, "")
    this.issuer.used.push(token)
    const ends = this.issuer.access.get(token)
    if (ends === undefined || ends <= now) return { status: 401, body: { error: "invalid_token" } }
    const [, what = "", id = ""] = call.path.split("/")
    if (this.revokeAfter === `${call.method} ${what}`) {
      this.revokeAfter = undefined
      this.issuer.access.clear()
      for (const family of this.issuer.families.values()) family.dead = true
    }
    switch (`${call.method} ${what}`) {
      case "GET people": return { status: 200, body: [...this.people].map(([key, one]) => ({ id: key, ...one })) }
      case "PUT people": return this.#put(id === "new" ? String(100 + this.people.size) : id, call.text)
      case "GET account": return { status: 200, body: { account: this.account } }
      case "GET health": return { status: 200, body: { endOfLife: this.endOfLife, secretEnds: this.secretEnds } }
      case "GET setup": return { status: 200, body: [...this.made] }
      case "POST setup":
        this.made.add(Number(id))
        return { status: 200, body: {} }
      default: return { status: 404 }
    }
  }

  #put(id: string, text: string): Reply {
    const sent: Json = JSON.parse(text)
    if (!isRecord(sent)) return { status: 400 }
    this.people.set(id, { ...this.people.get(id), ...sent })
    return { status: 200, body: { id, ...this.people.get(id) } }
  }
}

export const startOffice = async (options: IssuerOptions = { rotates: true, expiresIn: 3_600 }): Promise<Office> => {
  const office = new Office(options)
  office.server = await sandbox((frame) => ({ handle: (call) =>
    call.path === "/token" || call.path === "/authorize" ? office.issuer.handle(frame, call) : office.answer(frame.now(), call) }))
  return office
}
