/** Mutations of what apps set up: metafields and definitions, tags, subscriptions, uploads, bulk operations. */
import { fault, rowAt, rowsAt, textAt, wordsAt } from "./change.ts"
import type { Change, UserFault } from "./change.ts"
import { startBulk } from "./bulk.ts"
import type { BulkRun } from "./bulk.ts"
import type { Base, Definition, Shop } from "./state.ts"
import type { Args } from "./view.ts"

const ownerTypes: { readonly [type: string]: string } = {
  Customer: "CUSTOMER", Product: "PRODUCT", Order: "ORDER", Location: "LOCATION", ProductVariant: "PRODUCTVARIANT"
}
const typeOf = (id: string): string => /^gid:\/\/shopify\/(\w+)\//.exec(id)?.[1] ?? ""

export const ownerIn = (shop: Shop, id: string): Base | undefined =>
  shop.customers.get(id) ?? shop.products.get(id) ?? shop.orders.get(id) ?? shop.locations.get(id)
    ?? shop.variants.get(id)

const metafieldsSet = (shop: Shop, args: Args): unknown => {
  const rows = rowsAt(args, "metafields")
  const faults: Array<UserFault> = rows.length > 25
    ? [fault("LESS_THAN_OR_EQUAL_TO", "Exceeded the maximum metafields input limit of 25.", "metafields")] : []
  const planned = rows.map((row, at) => {
    const [owner, namespace, key, value] = ["ownerId", "namespace", "key", "value"].map((name) => textAt(row, name) ?? "")
    const definition = shop.definitions.find((one) => one.owner === ownerTypes[typeOf(owner ?? "")]
      && one.namespace === namespace && one.key === key)
    const known = shop.metafield(owner ?? "", namespace ?? "", key ?? "")
    const type = textAt(row, "type") ?? definition?.type ?? known?.type
    if (ownerIn(shop, owner ?? "") === undefined) faults.push(fault("INVALID", "Owner does not exist.", "metafields", String(at), "ownerId"))
    if (type === undefined) faults.push(fault("BLANK", "Type can't be blank", "metafields", String(at), "type"))
    if (value === "") faults.push(fault("BLANK", "Value can't be blank", "metafields", String(at), "value"))
    if (type === "number_integer" && !/^-?\d+$/.test(value ?? "")) {
      faults.push(fault("INVALID_VALUE", "Value must be an integer.", "metafields", String(at), "value"))
    }
    if (definition !== undefined && type !== definition.type) {
      faults.push(fault("INVALID_TYPE", `Type must be ${definition.type}.`, "metafields", String(at), "type"))
    }
    const other = definition?.unique === true ? shop.ownerOf(typeOf(owner ?? ""), namespace ?? "", key ?? "", value
      ?? "") : undefined
    if (other !== undefined && other !== owner) {
      faults.push(fault("TAKEN", "Value has already been assigned to another metafield.", "metafields", String(at), "value"))
    }
    return { owner: owner ?? "", namespace: namespace ?? "", key: key ?? "", type: type ?? "", value: value ?? "" }
  })
  if (faults.length > 0) return { metafields: [], userErrors: faults }
  return { userErrors: [], metafields: planned.map(({ key, namespace, owner, type, value }) => {
    const record = ownerIn(shop, owner)
    if (record !== undefined) shop.touch(record)
    return { ...shop.setMetafield(owner, namespace, key, type, value), namespace, key }
  }) }
}

const metafieldsDelete = (shop: Shop, args: Args): unknown => ({
  userErrors: [],
  deletedMetafields: rowsAt(args, "metafields").map((row) => {
    const [owner, namespace, key] = ["ownerId", "namespace", "key"].map((name) => textAt(row, name) ?? "")
    const had = shop.metafields.get(owner ?? "")?.delete(`${namespace}.${key}`) === true
    return had ? { ownerId: owner, namespace, key } : null
  })
})

const define = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "definition")
  const [owner, namespace, key] = ["ownerType", "namespace", "key"].map((name) => textAt(input, name) ?? "")
  if (shop.definitions.some((one) => one.owner === owner && one.namespace === namespace && one.key === key)) {
    return { createdDefinition: null, userErrors: [fault("TAKEN", "Key is in use", "definition", "key")] }
  }
  const type = textAt(input, "type") ?? ""
  const unique = rowAt(rowAt(input, "capabilities"), "uniqueValues")["enabled"] === true || type === "id"
  const one: Definition = { id: shop.id("MetafieldDefinition"), owner: owner ?? "", namespace: namespace ?? "", key: key ?? "",
    name: textAt(input, "name") ?? "", type, unique }
  shop.definitions.push(one)
  return { createdDefinition: definitionView(one), userErrors: [] }
}

export const definitionView = (one: Definition): unknown => ({
  ...one, ownerType: one.owner, type: { name: one.type }, capabilities: { uniqueValues: { enabled: one.unique } }
})

const tags = (shop: Shop, args: Args, add: boolean): unknown => {
  const id = textAt(args, "id") ?? ""
  const record = shop.customers.get(id) ?? shop.products.get(id) ?? shop.orders.get(id)
  if (record === undefined) return { node: null, userErrors: [fault("NOT_FOUND", "Resource does not exist", "id")] }
  const words = wordsAt(args, "tags") ?? []
  if (words.some((word) => word.length > 255)) return { node: null, userErrors: [fault("TOO_LONG", "Tag is too long", "tags")] }
  const lower = new Set(words.map((word) => word.toLowerCase()))
  const others = record.tags.filter((tag) => !lower.has(tag.toLowerCase()))
  record.tags = add ? [...record.tags, ...words.filter((word) =>
    !record.tags.some((tag) => tag.toLowerCase() === word.toLowerCase()))] : others
  shop.touch(record)
  return { node: { __typename: typeOf(id), id }, userErrors: [] }
}

const subscribe = (shop: Shop, args: Args): unknown => {
  const [topic, uri] = [textAt(args, "topic") ?? "", textAt(rowAt(args, "webhookSubscription"), "uri") ?? ""]
  if ([...shop.subscriptions.values()].some((one) => one.topic === topic && one.uri === uri)) {
    return { webhookSubscription: null, userErrors: [fault("TAKEN", "Address for this topic has already been taken", "webhookSubscription")] }
  }
  const one = { id: shop.id("WebhookSubscription"), topic, uri, failures: 0 }
  shop.subscriptions.set(one.id, one)
  return { webhookSubscription: { ...one, format: "JSON" }, userErrors: [] }
}

const unsubscribe = (shop: Shop, args: Args): unknown => {
  const id = textAt(args, "id") ?? ""
  const had = shop.subscriptions.delete(id)
  return { deletedWebhookSubscriptionId: had ? id : null, userErrors: had ? [] : [fault("NOT_FOUND", "Webhook subscription does not exist", "id")] }
}

const stage = (shop: Shop, args: Args, storage: string): unknown => ({
  userErrors: [],
  stagedTargets: rowsAt(args, "input").map(() => {
    const path = `tmp/${shop.id("StagedUpload").split("/").pop()}/bulk`
    return { url: `${storage}/staged`, resourceUrl: `${storage}/${path}`, parameters: [{ name: "key", value: path }] }
  })
})

export const setupChanges = (shop: Shop, storage: () => string,
  run: BulkRun): { readonly [mutation: string]: Change } => ({
  metafieldsSet: (args) => metafieldsSet(shop, args),
  metafieldsDelete: (args) => metafieldsDelete(shop, args),
  metafieldDefinitionCreate: (args) => define(shop, args),
  tagsAdd: (args) => tags(shop, args, true),
  tagsRemove: (args) => tags(shop, args, false),
  webhookSubscriptionCreate: (args) => subscribe(shop, args),
  webhookSubscriptionDelete: (args) => unsubscribe(shop, args),
  stagedUploadsCreate: (args) => stage(shop, args, storage()),
  bulkOperationRunQuery: (args) => startBulk(shop, textAt(args, "query") ?? "", "QUERY", run),
  bulkOperationRunMutation: (args) => {
    const file = shop.staged.get(textAt(args, "stagedUploadPath") ?? "")
    return file === undefined
      ? { bulkOperation: null, userErrors: [fault("NO_SUCH_FILE", "The file does not exist", "stagedUploadPath")] }
      : startBulk(shop, textAt(args, "mutation") ?? "", "MUTATION", run, file)
  }
})
