/** An open connection to a seller's account: its resources, what it says of itself, and what ESL needs there. */
import { Effect } from "effect"
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
import { catalogReader, catalogWriter, itemColumns } from "./catalog.ts"
import { customerColumns, customerReader } from "./customers.ts"
import { attributeDefinitions } from "./attributes.ts"
import { health, setup } from "./health.ts"
import { inventoryReader, inventoryWriter } from "./inventory.ts"
import type { Line } from "./line.ts"
import { orderColumns, orderReader } from "./orders.ts"
import { narrowReader, narrowWriter } from "./narrow.ts"
import { locationReader } from "./places.ts"
import { customerWriter } from "./profiles.ts"
import { SquareCount, SquareCustomer, SquareItem, SquareLocation, SquareOrder } from "./records.ts"
import { docIn, textIn } from "./shape.ts"

interface Kind {
  readonly fields: object
  readonly columns: ReadonlyArray<string>
  /** Columns of its own that a write reaches; absent: none. */
  readonly writes?: (column: string) => boolean
  readonly keys: ReadonlyArray<string>
  readonly reader: (line: Line) => Reader
  readonly writer?: (line: Line) => Writer
}

const setBySquare =
  /^(?:id|version|created_at|updated_at|creation_source|calculated_at|preferences\.|item_data\.product_type$)/

const kinds: { readonly [resource: string]: Kind } = {
  customers: {
    fields: SquareCustomer.fields,
    columns: customerColumns,
    writes: (column) => !setBySquare.test(column),
    keys: ["id"],
    reader: customerReader,
    writer: customerWriter
  },
  catalog: {
    fields: SquareItem.fields,
    columns: itemColumns,
    writes: (column) => !setBySquare.test(column),
    keys: ["id"],
    reader: catalogReader,
    writer: catalogWriter
  },
  inventory: {
    fields: SquareCount.fields,
    columns: Object.keys(SquareCount.fields),
    writes: (column) => !setBySquare.test(column),
    keys: ["catalog_object_id", "location_id"],
    reader: inventoryReader,
    writer: inventoryWriter
  },
  orders: { fields: SquareOrder.fields, columns: orderColumns, keys: ["id"], reader: orderReader },
  locations: {
    fields: SquareLocation.fields,
    columns: Object.keys(SquareLocation.fields),
    keys: ["id"],
    reader: locationReader
  }
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
    name,
    stock: { from: "esl/mappings/square", name: stock[name] ?? name },
    columns: kind.columns
      .filter((column) => childOf(kind, column) === undefined)
      .map((column) => columnOf(column, kind)),
    children: Object.fromEntries(
      kind.columns.flatMap((column) => {
        const child = childOf(kind, column)
        return child === undefined
          ? []
          : [
              [
                column,
                {
                  name: column,
                  children: {},
                  warnings: [],
                  columns: Object.keys(child).map((one) => columnOf(one, { ...kind, keys: ["id", "uid"] }))
                }
              ]
            ]
      })
    ),
    warnings: []
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

/** The fields of a list's rows, from the schema. */
const childOf = (kind: Kind, column: string): object | undefined => {
  const field: unknown = Object.entries(kind.fields).find(([name]) => name === column)?.[1]
  const row =
    typeof field === "object" || typeof field === "function"
      ? (inside(field, "schema") ?? inside(field, "value"))
      : undefined
  const fields = inside(row, "fields")
  return typeof fields === "object" && fields !== null ? fields : undefined
}

const inside = (of: unknown, key: string): unknown =>
  (typeof of === "object" || typeof of === "function") && of !== null && key in of
    ? Reflect.get(of, key)
    : undefined

const columnOf = (name: string, kind: Kind): ColumnInfo => ({
  name,
  type: "text",
  nullable: !kind.keys.includes(name),
  writable: kind.writes?.(name) === true,
  key: kind.keys.includes(name)
})
