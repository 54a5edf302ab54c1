/** What a run did, as a table a person can check: every record read and every write due is counted once. */
import type { Report, SideReport } from "../core/engine/report.ts"
import type { Output } from "./output.ts"
import { count, duration, table } from "./render.ts"
import type { Row } from "./render.ts"

export const printReport = (report: Report, out: Output): void => {
  const sides = [...report.sides]
  const seen = sides.filter(([, side]) => side.read > 0)
  const columns = used(seen)
  table(out, ["READ FROM", "RECORDS", ...columns.map((name) => name.toUpperCase())], seen.map(([name, side]): Row =>
    [name, side.read, ...columns.map((outcome) => outcomeOf(side, outcome))]))
  const worked = sides.filter(([, side]) => side.due > 0)
  if (worked.length > 0) {
    if (seen.length > 0) out.line()
    const head = ["WRITTEN TO", "CREATED", "UPDATED", "REMOVED", "UNCHANGED", "SKIPPED", "REFUSED", "LEFT"]
    table(out, head, worked.map(([name, { work, wrote }]): Row => [
      name, wrote.create, wrote.update, wrote.remove, work.unchanged, work.skipped, work.refused,
      work.moved + work.unknown + work.left
    ]))
  }
  for (const [name, side] of sides) {
    for (const [why, n] of Object.entries(side.reasons)) out.line(`  ${name}: ${n} × ${why}`)
  }
  for (const [name, side] of sides) if (side.gone > 0) out.line(`  ${name}: ${count(side.gone, "record is", "records are")} gone there`)
  if (seen.length > 0 || worked.length > 0) out.line()
  sentences(report, out)
}

/** What a dry run would write. */
export const printPlan = (report: Report, out: Output): void => {
  const worked = [...report.sides].filter(([, side]) => side.due > 0)
  if (worked.length > 0) out.line()
  table(out, ["WOULD WRITE TO", "CREATE", "UPDATE", "REMOVE", "SKIPPED"], worked.map(([name, { work, wrote }]): Row =>
    [name, wrote.create, wrote.update, wrote.remove, work.skipped]))
  for (const [name, side] of report.sides) {
    for (const [why, n] of Object.entries(side.reasons)) out.line(`  ${name}: ${n} × ${why}`)
  }
  for (const [name, side] of report.sides) if (side.gone > 0) out.line(`  ${name}: ${count(side.gone, "record is", "records are")} gone there`)
  if (worked.length === 0) out.line("Nothing would be written.")
  const { conflicts, failures, held, quarantined, unaccounted } = report
  if (conflicts.open > 0) out.line(out.paint.yellow(`${count(conflicts.open, "conflict")} would wait for a person.`))
  if (quarantined > 0) out.line(out.paint.yellow(`${count(quarantined, "record")} would be put into quarantine.`))
  for (const one of held) out.line(out.paint.yellow(`${one.side}: a brake would hold ${one.count} ${one.what}: ${one.why}`))
  for (const one of failures) out.line(out.paint.red(one.message))
  for (const gap of unaccounted) out.line(out.paint.red(`The counts do not add up: ${gap}`))
}

const outcomes = ["created", "linked", "updated", "unchanged", "skipped", "parked", "left", "quarantined"] as const
type Outcome = (typeof outcomes)[number]

const outcomeOf = (side: SideReport, outcome: Outcome): number => side.records[outcome]

/** Columns that would be zero throughout say nothing. */
const used = (sides: ReadonlyArray<readonly [string, SideReport]>): ReadonlyArray<Outcome> =>
  outcomes.filter((outcome) => sides.some(([, side]) => outcomeOf(side, outcome) > 0))

const sentences = (report: Report, out: Output): void => {
  const { conflicts, failures, held, quarantined, unaccounted } = report
  const written = [...report.sides.values()].reduce((sum, side) => sum + side.work.written, 0)
  out.line(`${count(written, "write")} in ${duration(report.ms)} (run ${report.run}).`)
  if (conflicts.decided > 0) out.line(`${count(conflicts.decided, "conflict")} decided by rule: esl conflicts --all`)
  if (conflicts.open > 0) out.line(out.paint.yellow(`${count(conflicts.open, "conflict waits", "conflicts wait")} for a person: esl conflicts`))
  if (quarantined > 0) out.line(out.paint.yellow(`${count(quarantined, "record")} put into quarantine: esl quarantine`))
  for (const one of held) out.line(out.paint.yellow(`${one.side}: ${one.count} ${one.what} held back: ${one.why}. esl approve ${report.run} releases them.`))
  for (const one of failures) out.line(out.paint.red(one.message))
  for (const gap of unaccounted) out.line(out.paint.red(`The counts do not add up: ${gap}`))
}
