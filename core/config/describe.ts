/** A resolved config as plain data: what `esl check --json` prints and a plan explains. */
import type { Place, Project, Sync } from "../engine/project.ts"
import type { FieldPolicy } from "../sync/policy.ts"
import { ruleText } from "./rules.ts"

export const describe = (project: Project) => ({
  hub: project.hub,
  connections: [...project.connections.values()].map(({ name, kind, secrets }) => ({ name, kind, secrets })),
  /** In the order they run: parents first. */
  syncs: project.syncs.map(describeSync)
})

const describeSync = (sync: Sync) => ({
  name: sync.name,
  entity: sync.entity.name,
  match: sync.policy.match,
  pins: sync.policy.pins,
  brake: sync.brake,
  sides: sync.places.map(describePlace)
})

const describePlace = ({ side, connection, resource, policy, columns }: Place) => ({
  side,
  connection,
  resource,
  mapping: policy.mapping.version,
  columns,
  readOnly: policy.readOnly,
  create: policy.create,
  only: policy.only,
  keyless: policy.keyless,
  onDelete: policy.onDelete,
  guard: policy.guard,
  creates: policy.creates,
  fields: [...policy.fields.values()].map(describeField)
})

const describeField = (field: FieldPolicy) => ({
  path: field.path,
  class: field.cls,
  rule: ruleText(field.rule),
  gives: field.inbound,
  takes: field.outbound,
  nulls: field.nullInbound,
  first: field.initial,
  onForeignEdit: field.onForeignEdit
})
