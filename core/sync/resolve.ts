/** R7: what became of our writes is read off a fresh observation, field by field, and never off a timer. */
import { alike } from "./lens.ts"
import type { Reading } from "./reading.ts"
import type { GoldenId, Intent, Link } from "./state.ts"
import { unrowed } from "./translate.ts"
import type { Work } from "./work.ts"

export const settleIntents = (work: Work, reading: Reading, golden: GoldenId, link: Link): void => {
  const { obs, side } = reading
  let again: number | undefined
  for (const intent of work.intents(golden, obs.side)) {
    if (intent.ext !== undefined && intent.ext !== obs.ext) continue
    const horizon = intent.sentAt + side.createWaitMs
    // Read before the request can have left: says nothing about it.
    if (obs.readAt <= intent.sentAt) {
      if (intent.status === "unknown") again = Math.max(again ?? 0, horizon)
      continue
    }
    // Every field the write carried must have been seen (intent per field R7): a part of a record settles nothing.
    const seen = intent.op === "remove" || Object.keys(intent.sent).every((path) => isSeen(reading, path))
    const late = obs.readAt >= horizon
    // That a second record is not what a create made says nothing of the record that it did make.
    const over = intent.status === "done" || landed(reading, intent, link) || (late && link.status !== "alias")
    if (seen && over) work.settle(intent)
    else if (intent.status === "unknown" && !late) again = Math.max(again ?? 0, horizon)
  }
  // Not there yet, and it may still arrive: looked at again once it no longer can.
  if (again !== undefined) work.demand(obs, "retry", { notBefore: again })
}

const isSeen = ({ obs, lenses }: Reading, path: string): boolean => {
  if (lenses.get(path)?.readable === false) return true
  const shown = obs.values.get(path)
  return shown !== undefined && shown._tag !== "Absent" && shown._tag !== "Invalid"
}

/** A create may have made another record than the one read here: only its own values say that it is this one. */
const landed = ({ obs, lenses }: Reading, intent: Intent, link: Link): boolean =>
  intent.op !== "remove" && Object.entries(intent.sent).every(([path, sent]) => {
    const lens = lenses.get(path)
    const shown = obs.values.get(path)
    if (lens === undefined || !lens.readable) return true
    if (shown === undefined || shown._tag === "Absent" || shown._tag === "Invalid") return false
    const rows = link.elements?.[path]
    return alike(lens.policy, unrowed(lens, shown._tag === "Null" ? null : shown.value, rows), unrowed(lens, sent, rows))
  })
