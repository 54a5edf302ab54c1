/** Mutations of customers: the set with its full lists, narrow updates, addresses, consent, merges. */
import type { Json } from "../../../core/model/value.ts"
import { cleared, fault, isRow, rowAt, rowsAt, textAt, wordsAt } from "./change.ts"
import type { Change, UserFault } from "./change.ts"
import { customerHook } from "./hooks.ts"
import type { Address, Customer, Row, Shop } from "./state.ts"
import { customerView } from "./view.ts"
import type { Args } from "./view.ts"

const addressFields = ["firstName", "lastName", "company", "address1", "address2", "city", "zip", "provinceCode", "countryCode", "phone"]

export const newCustomer = (shop: Shop): Customer => ({
  ...shop.base(shop.id("Customer")), firstName: null, lastName: null, email: null, phone: null, locale: "en",
    note: null, tags: [],
  state: "DISABLED", taxExempt: false, addresses: [], defaultAddress: undefined,
  emailConsent: { state: "NOT_SUBSCRIBED", level: null, at: null }, smsConsent: { state: "NOT_SUBSCRIBED", level: null, at: null }
})

const faultsOf = (shop: Shop, input: Row, own: string | undefined): ReadonlyArray<UserFault> => {
  const [email, phone] = [textAt(input, "email"), textAt(input, "phone")]
  const others = [...shop.customers.values()].filter((one) => one.id !== own)
  const faults: Array<UserFault> = []
  if (email !== undefined && email !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
    faults.push(fault("INVALID", "Email is invalid", "email"))
  }
  if (email !== undefined && email !== "" && others.some((one) => one.email?.toLowerCase() === email.toLowerCase())) {
    faults.push(fault("TAKEN", "Email has already been taken", "email"))
  }
  if (phone !== undefined && phone !== "" && !/^\+[1-9]\d{6,14}$/.test(phone)) faults.push(fault("INVALID", "Phone is invalid", "phone"))
  if (phone !== undefined && phone !== "" && others.some((one) => one.phone === phone)) {
    faults.push(fault("TAKEN", "Phone has already been taken", "phone"))
  }
  for (const name of ["firstName", "lastName"]) {
    if ((textAt(input, name)?.length ?? 0) > 255) faults.push(fault("TOO_LONG", `${name} is too long (maximum is 255 characters)`, name))
  }
  if ((wordsAt(input, "tags") ?? []).length > 250) faults.push(fault("TOO_LONG", "Tags is too long", "tags"))
  return faults
}

const lay = (customer: Customer, input: Row): void => {
  customer.firstName = cleared(input, "firstName", customer.firstName)
  customer.lastName = cleared(input, "lastName", customer.lastName)
  customer.email = cleared(input, "email", customer.email)
  customer.phone = cleared(input, "phone", customer.phone)
  customer.note = cleared(input, "note", customer.note)
  customer.locale = textAt(input, "locale") ?? customer.locale
  customer.tags = wordsAt(input, "tags") ?? customer.tags
  if (typeof input["taxExempt"] === "boolean") customer.taxExempt = input["taxExempt"]
}

const isEmpty = (customer: Customer): boolean =>
  [customer.firstName, customer.lastName, customer.email, customer.phone].every((part) => part === null)

const addressOf = (shop: Shop, input: Row, before?: Address): Address => ({
  ...Object.fromEntries(addressFields.map((name) => [name, input[name] === undefined ? before?.[name] ?? null
    : input[name]])),
  id: before?.id ?? `${shop.id("MailingAddress")}?model_name=CustomerAddress`
})

const known = (shop: Shop, id: string | undefined): Customer | undefined => shop.customers.get(id ?? "")

/** Who is meant; a fault where a custom id has no unique definition. */
const identified = (shop: Shop, identifier: Row): Customer | undefined | UserFault => {
  const custom = identifier["customId"]
  if (isRow(custom)) {
    const [namespace, key, value] = [textAt(custom, "namespace") ?? "", textAt(custom, "key") ?? "", textAt(custom, "value") ?? ""]
    const unique = shop.definitions.some((one) => one.owner === "CUSTOMER" && one.namespace === namespace && one.key === key &&
      one.unique && one.type === "id")
    if (!unique) return fault("INVALID", "The metafield has no unique definition of type id", "identifier", "customId")
    return known(shop, shop.ownerOf("Customer", namespace, key, value))
  }
  const id = textAt(identifier, "id")
  if (id !== undefined) return known(shop, id) ?? fault("NOT_FOUND", "Customer does not exist", "identifier", "id")
  const [email, phone] = [textAt(identifier, "email"), textAt(identifier, "phone")]
  return [...shop.customers.values()].find((one) =>
    email !== undefined ? one.email?.toLowerCase() === email.toLowerCase() : one.phone === phone)
}

const isFault = (one: Customer | UserFault | undefined): one is UserFault => one !== undefined && "message" in one

export const saved = (shop: Shop, customer: Customer, created: boolean): void => {
  if (created) shop.customers.set(customer.id, customer)
  else shop.touch(customer)
  if (created) shop.event(customer.id, "CUSTOMER", "create")
  shop.hook({ topic: created ? "CUSTOMERS_CREATE" : "CUSTOMERS_UPDATE", payload: customerHook(customer) })
}

/** Creates, or updates what the identifier names. Lists are replaced by what is sent. */
const set = (shop: Shop, args: Args): unknown => {
  const [input, identifier] = [rowAt(args, "input"), rowAt(args, "identifier")]
  const found = Object.keys(identifier).length === 0 ? undefined : identified(shop, identifier)
  if (isFault(found)) return { customer: null, userErrors: [found] }
  const faults = faultsOf(shop, input, found?.id)
  if (faults.length > 0) return { customer: null, userErrors: faults.map((one) =>
    ({ ...one, field: ["input", ...one.field ?? []] })) }
  const customer = found ?? newCustomer(shop)
  const before = { ...customer }
  lay(customer, input)
  if (isEmpty(customer)) {
    Object.assign(customer, before)
    return { customer: null, userErrors: [fault("BLANK", "A name, phone number, or email address must be present", "input")] }
  }
  if (Array.isArray(input["addresses"])) {
    customer.addresses = rowsAt(input, "addresses").map((row) => addressOf(shop, row))
    customer.defaultAddress = customer.addresses[0]?.id
  }
  const custom = identifier["customId"]
  if (isRow(custom) && found === undefined) {
    shop.setMetafield(customer.id, textAt(custom, "namespace") ?? "", textAt(custom, "key") ?? "", "id", textAt(custom, "value") ?? "")
  }
  saved(shop, customer, found === undefined)
  return { customer: customerView(shop, customer), userErrors: [] }
}

const update = (shop: Shop, args: Args): unknown => {
  const input = rowAt(args, "input")
  const customer = known(shop, textAt(input, "id"))
  if (customer === undefined) return { customer: null, userErrors: [fault("NOT_FOUND", "Customer does not exist", "id")] }
  const faults = faultsOf(shop, input, customer.id)
  if (faults.length > 0) return { customer: null, userErrors: faults }
  const before = { ...customer }
  lay(customer, input)
  if (isEmpty(customer)) {
    Object.assign(customer, before)
    return { customer: null, userErrors: [fault("BLANK", "A name, phone number, or email address must be present")] }
  }
  saved(shop, customer, false)
  return { customer: customerView(shop, customer), userErrors: [] }
}

const consent = (shop: Shop, args: Args, of: "email" | "sms"): unknown => {
  const input = rowAt(args, "input")
  const customer = known(shop, textAt(input, "customerId"))
  const wanted = rowAt(input, of === "email" ? "emailMarketingConsent" : "smsMarketingConsent")
  const state = textAt(wanted, "marketingState") ?? ""
  const at = textAt(wanted, "consentUpdatedAt")
  const faults = customer === undefined ? [fault("INVALID", "Customer not found", "input", "customerId")]
    : !["SUBSCRIBED", "UNSUBSCRIBED", "PENDING"].includes(state)
      ? [fault("INVALID", "Cannot specify this marketing state", "input", `${of}MarketingConsent`, "marketingState")]
      : (of === "email" ? customer.email : customer.phone) === null
        ? [fault("INVALID", `The customer must have ${of === "email" ? "an email address" : "a phone number"}`, "input", "customerId")]
        : at !== undefined && Date.parse(at) > shop.now() + 60_000
          ? [fault("INVALID", "Consent must not be in the future", "input", `${of}MarketingConsent`, "consentUpdatedAt")] : []
  if (customer === undefined || faults.length > 0) return { customer: null, userErrors: faults }
  const after = { state, level: textAt(wanted, "marketingOptInLevel") ?? "SINGLE_OPT_IN", at: at ?? shop.time() }
  if (of === "email") customer.emailConsent = after
  else customer.smsConsent = after
  saved(shop, customer, false)
  return { customer: customerView(shop, customer), userErrors: [] }
}

const address = (shop: Shop, args: Args, how: "create" | "update" | "delete"): unknown => {
  const customer = known(shop, textAt(args, "customerId"))
  const addressId = textAt(args, "addressId")
  const before = customer?.addresses.find((one) => one.id === addressId)
  if (customer === undefined || (how !== "create" && before === undefined)) {
    return { address: null, deletedAddressId: null, userErrors: [fault("NOT_FOUND", customer === undefined ? "Customer does not exist"
      : "Address does not exist", customer === undefined ? "customerId" : "addressId")] }
  }
  if (how === "delete") {
    customer.addresses = customer.addresses.filter((one) => one.id !== addressId)
    if (customer.defaultAddress === addressId) customer.defaultAddress = customer.addresses[0]?.id
    saved(shop, customer, false)
    return { deletedAddressId: addressId, userErrors: [] }
  }
  const after = addressOf(shop, rowAt(args, "address"), before)
  customer.addresses = before === undefined ? [...customer.addresses, after]
    : customer.addresses.map((one) => one.id === addressId ? after : one)
  if (args["setAsDefault"] === true || customer.addresses.length === 1) customer.defaultAddress = after.id
  saved(shop, customer, false)
  return { address: { ...after, countryCodeV2: after["countryCode"] ?? null }, userErrors: [] }
}

export const removed = (shop: Shop, customer: Customer): void => {
  shop.customers.delete(customer.id)
  shop.event(customer.id, "CUSTOMER", "destroy")
  shop.hook({ topic: "CUSTOMERS_DELETE", payload: { id: Number(customer.id.split("/").pop()), admin_graphql_api_id: customer.id } })
}

const remove = (shop: Shop, args: Args): unknown => {
  const id = textAt(rowAt(args, "input"), "id")
  const customer = known(shop, id)
  if (customer === undefined) return { deletedCustomerId: null, userErrors: [fault("NOT_FOUND", "Customer can't be found", "id")] }
  if ([...shop.orders.values()].some((order) => order.customer === id)) {
    return { deletedCustomerId: null, userErrors: [fault("INVALID", "Customer can't be deleted because they have associated orders", "id")] }
  }
  removed(shop, customer)
  return { deletedCustomerId: id, userErrors: [] }
}

/** Which of two is kept is the shop's to say (see the description of customerMerge). */
const kept = (one: Customer, two: Customer, override: Row): Customer => {
  const wanted = textAt(override, "customerIdOfEmailToKeep")
  if (wanted === one.id || wanted === two.id) return wanted === one.id ? one : two
  if ((one.email === null) !== (two.email === null)) return one.email === null ? two : one
  return one.emailConsent.state === "SUBSCRIBED" && two.emailConsent.state !== "SUBSCRIBED" ? one : two
}

const merge = (shop: Shop, args: Args): unknown => {
  const [one, two] = [known(shop, textAt(args, "customerOneId")), known(shop, textAt(args, "customerTwoId"))]
  if (one === undefined || two === undefined || one === two) {
    return { job: null, resultingCustomerId: null, userErrors: [fault("INVALID_CUSTOMER_ID", "Customer does not exist", "customerOneId")] }
  }
  const stays = kept(one, two, rowAt(args, "overrideFields"))
  const job = merged(shop, stays, stays === one ? two : one)
  return { job: { id: job, done: true }, resultingCustomerId: stays.id, userErrors: [] }
}

/** One of two goes on with what the other had; the job that does it. */
export const merged = (shop: Shop, stays: Customer, goes: Customer): string => {
  stays.addresses = [...stays.addresses, ...goes.addresses]
  stays.defaultAddress ??= stays.addresses[0]?.id
  stays.phone ??= goes.phone
  stays.tags = [...new Set([...stays.tags, ...goes.tags])]
  for (const order of shop.orders.values()) if (order.customer === goes.id) order.customer = stays.id
  shop.customers.delete(goes.id)
  shop.touch(stays)
  const job = shop.id("Job")
  shop.merges.set(job, stays.id)
  shop.hook({ topic: "CUSTOMERS_MERGE", payload: { admin_graphql_api_customer_kept_id: stays.id,
    admin_graphql_api_customer_deleted_id: goes.id, admin_graphql_api_job_id: null, status: "completed", errors: [] } })
  return job
}

export const peopleChanges = (shop: Shop): { readonly [mutation: string]: Change } => ({
  customerSet: (args) => set(shop, args),
  customerCreate: (args) => set(shop, { input: created(rowAt(args, "input")) }),
  customerUpdate: (args) => update(shop, args),
  customerDelete: (args) => remove(shop, args),
  customerAddressCreate: (args) => address(shop, args, "create"),
  customerAddressUpdate: (args) => address(shop, args, "update"),
  customerAddressDelete: (args) => address(shop, args, "delete"),
  customerEmailMarketingConsentUpdate: (args) => consent(shop, args, "email"),
  customerSmsMarketingConsentUpdate: (args) => consent(shop, args, "sms"),
  customerMerge: (args) => merge(shop, args)
})

const created = (input: Row): Json => input
