/** An open connection to a seller's account: its resources, what it says of itself, and what ESL needs there. */
import { Effect } from "effect"
import type { Schema } from "effect"
import type {
  ColumnInfo,
  Reader,
  Resource,
  ResourceInfo,
  Session,
  Writer
} from "../../core/connector/connector.ts"
import { Stale } from "../../core/connector/errors.ts"
import type { ConnectorError } from "../../core/connector/errors.ts"
import { catalogReader, catalogWriter } from "./catalog.ts"
import { customerReader } from "./customers.ts"
import { attributeDefinitions } from "./attributes.ts"
import { describeRecord } from "./describe.ts"
import { health, setup } from "./health.ts"
import { inventoryReader, inventoryWriter } from "./inventory.ts"
import type { Line } from "./line.ts"
import { orderReader } from "./orders.ts"
import { narrowReader, narrowWriter } from "./narrow.ts"
import { locationReader } from "./places.ts"
import { customerWriter } from "./profiles.ts"
import { SquareCount, SquareCustomer, SquareItem, SquareLocation, SquareOrder } from "./records.ts"
import { docIn, textIn } from "./shape.ts"

interface Kind {
  readonly record: Schema.Constraint
  /** Columns of its own that a write reaches; absent: none. */
  readonly writes?: (column: string) => boolean
  readonly keys: ReadonlyArray<string>
  readonly reader: (line: Line) => Reader
  readonly writer?: (line: Line) => Writer
}

const setBySquare =
  /^(?:id|version|created_at|updated_at|creation_source|calculated_at|preferences\.|item_data\.product_type$|ordinal$|pricing_type$)/

const kinds: { readonly [resource: string]: Kind } = {
  customers: {
    record: SquareCustomer,
    writes: (column) => !setBySquare.test(column),
    keys: ["id"],
    reader: customerReader,
    writer: customerWriter
  },
  catalog: {
    record: SquareItem,
    writes: (column) => !setBySquare.test(column),
    keys: ["id"],
    reader: catalogReader,
    writer: catalogWriter
  },
  inventory: {
    record: SquareCount,
    writes: (column) => !setBySquare.test(column),
    keys: ["catalog_object_id", "location_id"],
    reader: inventoryReader,
    writer: inventoryWriter
  },
  orders: { record: SquareOrder, keys: ["id"], reader: orderReader },
  locations: { record: SquareLocation, keys: ["id"], reader: locationReader }
}

/** Names in `esl/mappings/square`. */
const stock: { readonly [resource: string]: string } = {
  customers: "customer",
  catalog: "product",
  inventory: "inventory",
  orders: "order",
  locations: "location"
}

export const resources: ReadonlyArray<string> = Object.keys(kinds)

export const session = (line: Line, readOnly: boolean): Session => {
  const made = new Map<string, Resource>()
  return {
    account: Effect.map(
      line.read({ operation: "account", method: "GET", path: "/v2/merchants/{id}", params: { id: "me" } }),
      (answer) => `square:${textIn(docIn(answer["merchant"])["id"]) ?? "unknown"}`
    ),
    discover: Effect.forEach(resources, (name) => describe(line, name)),
    resource: (name) => {
      const known = made.get(name) ?? resourceOf(line, readOnly, name)
      made.set(name, known)
      return known
    },
    health: health(line),
    setup: setup(line)
  }
}

const resourceOf = (line: Line, readOnly: boolean, name: string): Resource => {
  const kind = kinds[name] ?? kinds["locations"]
  if (kind === undefined) throw new Error("no resource is declared")
  return {
    name,
    reader: narrowReader(kind.reader(line)),
    ...(readOnly || kind.writer === undefined
      ? {}
      : { writer: narrowWriter(kind.writer(line), () => line.settings.columns(name)) }),
    describe: describe(line, name)
  }
}

const describe = (line: Line, name: string): Effect.Effect<ResourceInfo, ConnectorError> => {
  const kind = kinds[name]
  if (kind === undefined)
    return Effect.fail(
      line.api.fail(
        name,
        new Stale({ message: `Square has no resource ${name} here: use ${resources.join(", ")}` })
      )
    )
  const known: ResourceInfo = {
    ...describeRecord(name, kind.record, {
      writable: (column) => kind.writes?.(column) === true,
      keys: kind.keys
    }),
    stock: { from: "esl/mappings/square", name: stock[name] ?? name }
  }
  if (name !== "customers") return Effect.succeed(known)
  return Effect.map(attributeDefinitions(line), (definitions) => ({
    ...known,
    columns: [
      ...known.columns,
      ...definitions.flatMap((one): ReadonlyArray<ColumnInfo> => {
        const key = textIn(one["key"])
        return key === undefined
          ? []
          : [
              {
                name: `custom_attributes.${key}`,
                type: "text",
                nullable: true,
                writable: true,
                key: false,
                custom: true
              }
            ]
      })
    ]
  }))
}
