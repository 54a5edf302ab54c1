/** The public door `esl/testing`: what integrators test their own mappings and connectors with. */
export { abilities, capabilities, capabilityPage, contract, ContractBreach, promises, StageTime, traps } from "./contract.ts"
export type {
  Ability, Capability, Case, Given, Hooks, Ours, People, Promised, Stage, StageFaults, Subject, Trap
} from "./contract.ts"
export { checkLaws, formatBreach } from "./laws.ts"
export type { Breach, Law, LawOptions, LawReport } from "./laws.ts"
export { calm, FakeSystem, healed, Process, Random, Table, Time, World } from "./world.ts"
export type { Event, Faults, Row } from "./world.ts"
/** The frame of a sandbox for a system of your own. */
export { sandbox } from "../connector/sandbox.ts"
export type { Call as SandboxCall, FaultRule, Frame, Message, Reply, Sandbox, SandboxOptions, Vendor } from "../connector/sandbox.ts"
