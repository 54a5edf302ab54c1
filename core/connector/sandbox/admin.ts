/** `/__esl/...`: what an integrator's own tests switch and read at a running sandbox. */
import type { Json } from "../../model/value.ts"
import type { Call, Reply, Sandbox } from "../sandbox.ts"
import type { FaultRule } from "./faults.ts"

/** GET and DELETE calls · GET, POST and DELETE faults · POST clock `{"advanceMs": 60000}`. */
export const admin = (sandbox: Sandbox, call: Call): Reply => {
  // A page in a browser on this machine must not reach it.
  if (call.headers["origin"] !== undefined) return { status: 403, body: { error: "not from a browser" } }
  switch (`${call.method} ${call.path}`) {
    case "GET /__esl/calls":
      return ok({
        total: sandbox.total(), calls: Object.fromEntries(sandbox.calls), violations: [...sandbox.violations]
      })
    case "DELETE /__esl/calls":
      sandbox.forget()
      return { status: 204 }
    case "GET /__esl/faults":
      return ok({
        catalogue: { ...sandbox.faults.catalogue }, pending: sandbox.faults.pending.map((rule) => ({ ...rule }))
      })
    case "POST /__esl/faults":
      return switched(sandbox, call)
    case "DELETE /__esl/faults":
      sandbox.faults.clear()
      return { status: 204 }
    case "POST /__esl/clock": {
      const asked = parsed(call.text)
      if (typeof asked["advanceMs"] !== "number") return wrong("send {\"advanceMs\": 60000}")
      sandbox.advance(asked["advanceMs"])
      return ok({ now: new Date(sandbox.now()).toISOString() })
    }
    default:
      return { status: 404, body: { error: "use calls, faults or clock" } }
  }
}

const switched = (sandbox: Sandbox, call: Call): Reply => {
  const { after, contains, fault, method, ms, times } = parsed(call.text)
  if (typeof fault !== "string") return wrong("send {\"fault\": \"slow\", \"times\": 3}")
  const rule: FaultRule = {
    fault,
    ...typeof method === "string" ? { method } : {},
    ...typeof contains === "string" ? { contains } : {},
    ...typeof after === "number" ? { after } : {},
    ...typeof times === "number" ? { times } : {},
    ...typeof ms === "number" ? { ms } : {}
  }
  try {
    sandbox.faults.add(rule)
  } catch (error) {
    return wrong(error instanceof Error ? error.message : "no such fault")
  }
  return { status: 201, body: { ...rule } }
}

const ok = (body: Json): Reply => ({ status: 200, body })
const wrong = (error: string): Reply => ({ status: 400, body: { error } })

const parsed = (text: string): { readonly [key: string]: unknown } => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
