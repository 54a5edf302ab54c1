/** The public door `esl/testing`: what integrators test their own mappings and connectors with. */
export { checkLaws, formatBreach } from "./laws.ts"
export type { Breach, Law, LawOptions, LawReport } from "./laws.ts"
export { calm, FakeSystem, healed, Process, Random, Table, Time, World } from "./world.ts"
export type { Event, Faults, Row } from "./world.ts"
