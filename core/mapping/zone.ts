/** What the clocks of a zone show, from the tables of the runtime. */

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
  formats.set(zone, format)
  return format
}

/** Offsets change on quarters of an hour: one answer serves all the instants of a quarter. */
const quarter = 900_000
const limit = 100_000
const known = new Map<string, Map<number, number>>()

/** Milliseconds that the clocks of `zone` are ahead of UTC at this moment. Throws for a zone that does not exist. */
export const offsetAt = (zone: string, millis: number): number => {
  let offsets = known.get(zone)
  if (offsets === undefined) {
    formatOf(zone)
    known.set(zone, (offsets = new Map()))
  }
  const at = Math.floor(millis / quarter)
  const cached = offsets.get(at)
  if (cached !== undefined) return cached
  if (offsets.size >= limit) offsets.clear()
  const offset = lookUp(zone, at * quarter)
  offsets.set(at, offset)
  return offset
}

/** The runtime prints times of 8.64e15 ms around 1970; what lies beyond has no clocks. */
const farthest = 8_640_000_000_000_000

const lookUp = (zone: string, millis: number): number => {
  const within = Math.max(-farthest, Math.min(farthest, millis))
  const name =
    formatOf(zone)
      .formatToParts(within)
      .find((part) => part.type === "timeZoneName")?.value ?? ""
  const parts = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name)
  if (parts === null) return 0
  const size = (Number(parts[2] ?? 0) * 3600 + Number(parts[3] ?? 0) * 60 + Number(parts[4] ?? 0)) * 1000
  return parts[1] === "-" ? -size : size
}
