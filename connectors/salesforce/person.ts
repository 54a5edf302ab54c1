/** Writes people (and any other record that has no rows below): the record, and the account above it. */
import { Effect } from "effect"
import { noName } from "./records.ts"
import { fieldsOf, markerOf, stages } from "./work.ts"
import type { RowWork, Shape, Values, Work } from "./work.ts"

export const plainRows = Effect.fnUntraced(function*(shape: Shape, work: Work) {
  const { change, at } = work
  const { view, externalId } = shape
  if (change.op === "remove") return removal(shape, work, change.id, change.how)
  const how = change.op === "create" ? "createable" : "updateable"
  const { main, parent } = yield* fieldsOf(shape, work, how)
  const info = yield* shape.catalog.object(view.object)
  if (change.op === "update") {
    const account = work.record?.["AccountId"]
    const above = Object.keys(parent).length === 0 ? [] : typeof account !== "string" ? withhold(work, parent)
      : [{ at, stage: stages.parent, object: view.parent?.object ?? "", op: "update", values: parent, id: account,
        parent: account, main: false } satisfies RowWork]
    const own = Object.keys(main).length === 0 ? [] : [{ at, stage: stages.main, object: view.object, op: "update",
      values: named(main, info.fields.has("LastName")), id: change.id, parent: String(account ?? change.id), main: true
    } satisfies RowWork]
    return [...above, ...own]
  }
  const marker = externalId === undefined ? undefined : markerOf(change)
  const values = info.fields.has("LastName") ? { ...main, LastName: main["LastName"] ?? noName } : main
  const rows: Array<RowWork> = []
  if (view.parent !== undefined && view.parent.shared && shape.sharedAccount !== undefined) {
    values[view.parent.field] = shape.sharedAccount
  } else if (view.parent !== undefined && externalId !== undefined && marker !== undefined) {
    rows.push({ at, stage: stages.parent, object: view.parent.object, op: "upsert", parent: marker, key: marker, main: false,
      values: { ...parent, Name: parent["Name"] ?? accountName(values) } })
    values[view.parent.relationship] = { [externalId]: marker }
  } else withhold(work, parent)
  rows.push({ at, stage: stages.main, object: view.object, op: marker === undefined ? "insert" : "upsert", values,
    parent: marker ?? String(at), ...(marker === undefined ? {} : { key: marker }), main: true })
  return rows
})

/** A cleared last name stays the one that stands for none. */
const named = (values: Values, person: boolean): Values =>
  person && "LastName" in values && values["LastName"] === null ? { ...values, LastName: noName } : values

const withhold = (work: Work, parent: Values): ReadonlyArray<RowWork> => {
  for (const field of Object.keys(parent)) {
    work.withheld.push({ path: `Account.${field}`, cause: `Account.${field}: the person has no account of its own` })
  }
  return []
}

const accountName = (values: Values): string =>
  [values["FirstName"], values["LastName"]].filter((part) => typeof part === "string").join(" ").slice(0, 255)

export const removal = (shape: Shape, work: Work, id: string, how: "delete" | "archive"): ReadonlyArray<RowWork> => {
  const { view } = shape
  if (how === "delete") {
    return [{ at: work.at, stage: stages.main, object: view.object, op: "delete", values: {}, id, parent: id, main: true }]
  }
  if (view.object === "Product2") {
    return [{ at: work.at, stage: stages.main, object: view.object, op: "update", values: { IsActive: false }, id, parent: id,
      main: true }]
  }
  work.refused = `${view.object} has nothing to be archived by: deleting is the only way`
  return []
}
