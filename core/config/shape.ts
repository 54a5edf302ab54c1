/** The shape of a config before its meaning: Node runs configs uncompiled, so nothing is taken for granted. */
import type { PinsDeclaration, SyncDeclaration } from "./config.ts"
import type { Faults } from "./fault.ts"
import { didYouMean } from "./fault.ts"

type Open = { readonly [key: string]: unknown }
export const isObject = (x: unknown): x is Open => typeof x === "object" && x !== null && !Array.isArray(x)

const configKeys = ["hub", "syncs", "pins"]
const syncKeys = ["between", "match", "rule", "fields", "first", "pins", "brake"]
const participantKeys = [
  "create", "only", "take", "give", "readOnly", "keyless", "onDelete", "nulls", "onForeignEdit"
]
/** Keys that only the built-in scheduler would act on: accepting them would promise what does not happen. */
const schedulerKeys = ["every", "cron", "timezone", "webhooks", "schedule", "sweep", "interval"]

const unknownKeys = (at: string, value: Open, known: ReadonlyArray<string>, faults: Faults): void => {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    faults.add(`${at === "" ? "" : `${at}.`}${key}`, schedulerKeys.includes(key)
      ? `"${key}" needs the built-in scheduler, which does not exist yet: remove it and start esl sync from cron or a systemd timer`
      : `there is no option "${key}"${didYouMean(key, known) || `: use ${known.join(", ")}`}`)
  }
}

export interface Shaped {
  readonly hub: string
  readonly syncs: ReadonlyArray<{ readonly at: string; readonly sync: SyncDeclaration }>
  readonly pins: ReadonlyArray<{ readonly at: string; readonly pins: PinsDeclaration }>
}

/** The parts of a config that have the right shape; the others are reported and left out. */
export const shaped = (config: unknown, faults: Faults): Shaped => {
  if (!isObject(config)) {
    faults.add("", "the config file must export default defineConfig({ hub, syncs })")
    return { hub: "", syncs: [], pins: [] }
  }
  unknownKeys("", config, configKeys, faults)
  const syncs = listAt(config, "syncs", faults)
    .flatMap(([at, value]) => isSync(at, value, faults) ? [{ at, sync: value }] : [])
  if (Array.isArray(config["syncs"]) && config["syncs"].length === 0) {
    faults.add("syncs", "there is nothing to do: add a sync(...)")
  }
  const pins = listAt(config, "pins", faults, true).flatMap(([at, value]) => {
    if (isPins(value)) return [{ at, pins: value }]
    faults.add(at, "this is not pins(Entity, [...]): write pins(Location, [{ erp: \"10\", shop: \"3\" }])")
    return []
  })
  return { hub: hubOf(config["hub"], faults), syncs, pins }
}

const hubOf = (hub: unknown, faults: Faults): string => {
  if (typeof hub !== "string" || hub === "") {
    faults.add("hub", "say where the hub lives, e.g. hub: \"sqlite:hub.db\"")
    return ""
  }
  if (/^postgres(ql)?:/.test(hub)) faults.add("hub", "a hub in PostgreSQL does not exist yet: use \"sqlite:hub.db\"")
  else if (!/^sqlite:.+/.test(hub)) faults.add("hub", "a hub is written as \"sqlite:\" and a file name, e.g. \"sqlite:hub.db\"")
  return hub
}

type Listed = ReadonlyArray<readonly [at: string, value: unknown]>

const listAt = (config: Open, key: string, faults: Faults, optional = false): Listed => {
  const list = config[key]
  if (list === undefined && optional) return []
  if (!Array.isArray(list)) {
    faults.add(key, `${key} must be a list: ${key}: [...]`)
    return []
  }
  return list.map((value: unknown, at) => [`${key}[${at}]`, value] as const)
}

const isPins = (value: unknown): value is PinsDeclaration =>
  isObject(value) && isObject(value["entity"]) && Array.isArray(value["rows"])

const isSync = (at: string, value: unknown, faults: Faults): value is SyncDeclaration => {
  if (!isObject(value) || value["_tag"] !== "sync") {
    faults.add(at, "this is not a sync: write sync(name, Entity, { between: [...] })")
    return false
  }
  const { name, entity, options } = value
  if (!isObject(options)) {
    faults.add(at, "the third argument of sync(...) must be { between: [...] }")
    return false
  }
  unknownKeys(at, options, syncKeys, faults)
  let sound = true
  const need = (holds: boolean, where: string, message: string): void => {
    if (holds) return
    faults.add(where, message)
    sound = false
  }
  need(typeof name === "string" && /^[A-Za-z][A-Za-z0-9_-]*$/.test(name), `${at}.name`,
    "a sync needs a name of letters, digits, - and _, e.g. \"customer\"")
  need(isObject(entity) && entity["fields"] instanceof Map && Array.isArray(entity["keys"]), `${at}.entity`,
    "the second argument of sync(...) must be an entity from \"esl/model\"")
  const between: unknown = options["between"]
  need(Array.isArray(between), `${at}.between`, "say which systems take part: between: [a.as(...), b.as(...)]")
  const participants: ReadonlyArray<unknown> = Array.isArray(between) ? between : []
  // Every one is looked at, so that all faults are reported.
  const whole = participants.map((one, index) => isParticipant(`${at}.between[${index}]`, one, faults))
  return sound && whole.every(Boolean)
}

const isParticipant = (at: string, one: unknown, faults: Faults): boolean => {
  const wrong = (message: string): boolean => {
    faults.add(at, message)
    return false
  }
  if (!isObject(one) || !isObject(one["connection"]) || typeof one["resource"] !== "string") {
    return wrong("this is not a participant: write connection.table(...).as(mapping)")
  }
  if (!isObject(one["mapping"]) || !(one["mapping"]["fields"] instanceof Map)) {
    return wrong("as(...) needs a mapping: write mapping(Record, Entity, ({ field }) => ({ ... }))")
  }
  if (!isObject(one["options"])) return wrong("the second argument of as(...) must be an object of options")
  unknownKeys(at, one["options"], participantKeys, faults)
  return true
}
