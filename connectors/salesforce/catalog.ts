/** What the org's objects look like to this token: a field that is not described cannot be read, which is not null. */
import { Effect } from "effect"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { Stale } from "../../core/connector/errors.ts"
import { isRecord, listOf, textOf } from "./client.ts"
import type { Client } from "./client.ts"

export interface FieldInfo {
  readonly name: string
  readonly type: string
  readonly nillable: boolean
  readonly createable: boolean
  readonly updateable: boolean
  readonly custom: boolean
  readonly externalId: boolean
  readonly unique: boolean
  readonly length: number
  /** Digits after the point that a number keeps; undefined: it is none. */
  readonly scale: number | undefined
  /** The only values it takes. */
  readonly values: ReadonlyArray<string> | undefined
  readonly referenceTo: ReadonlyArray<string>
  readonly relationship: string | undefined
}

const scaled = new Set(["double", "currency", "percent", "int"])

export interface ObjectInfo {
  readonly name: string
  readonly createable: boolean
  readonly updateable: boolean
  readonly deletable: boolean
  readonly fields: ReadonlyMap<string, FieldInfo>
}

/** Described once a session, and again when the org turns out to have changed. */
export class Catalog {
  private readonly client: Client
  private readonly known = new Map<string, ObjectInfo>()
  constructor(client: Client) {
    this.client = client
  }

  forget(): void {
    this.known.clear()
  }

  object(name: string): Effect.Effect<ObjectInfo, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const known = this.known.get(name)
      if (known !== undefined) return known
      const answer = yield* this.client.read({ operation: `describe ${name}`, method: "GET",
        path: "/sobjects/{object}/describe", params: { object: name }, accept: [404] })
      if (answer.status === 404) {
        return yield* this.client.api.fail(`describe ${name}`, new Stale({
          message: `the org has no object ${name}, or this user may not see it`
        }))
      }
      if (!isRecord(answer.json)) return yield* this.client.malformed(`describe ${name}`)
      const json = answer.json
      const fields = listOf(json["fields"]).flatMap((one): ReadonlyArray<readonly [string, FieldInfo]> => {
        const field = isRecord(one) ? textOf(one["name"]) : undefined
        return !isRecord(one) || field === undefined ? [] : [[field, {
          name: field,
          type: textOf(one["type"]) ?? "string",
          nillable: one["nillable"] === true,
          createable: one["createable"] === true,
          updateable: one["updateable"] === true,
          custom: one["custom"] === true,
          externalId: one["externalId"] === true,
          unique: one["unique"] === true,
          length: typeof one["length"] === "number" ? one["length"] : 0,
          scale: scaled.has(textOf(one["type"]) ?? "") && typeof one["scale"] === "number" ? one["scale"] : undefined,
          values: one["restrictedPicklist"] !== true ? undefined : listOf(one["picklistValues"]).flatMap((value) =>
            isRecord(value) && value["active"] !== false ? textOf(value["value"]) ?? [] : []),
          referenceTo: listOf(one["referenceTo"]).filter((to) => typeof to === "string"),
          relationship: textOf(one["relationshipName"])
        }]]
      })
      const info: ObjectInfo = {
        name,
        createable: json["createable"] === true,
        updateable: json["updateable"] === true,
        deletable: json["deletable"] === true,
        fields: new Map(fields)
      }
      this.known.set(name, info)
      return info
    })
  }

  /** A field along relationships: `Account.Name` of Contact. */
  field(object: string, path: string): Effect.Effect<FieldInfo | undefined, ConnectorError> {
    return Effect.gen({ self: this }, function*() {
      const info = yield* this.object(object)
      const [first = "", ...rest] = path.split(".")
      if (rest.length === 0) return info.fields.get(first)
      const by = [...info.fields.values()].find((field) => field.relationship === first)
      const [parent] = by?.referenceTo ?? []
      return parent === undefined ? undefined : yield* this.field(parent, rest.join("."))
    })
  }
}
