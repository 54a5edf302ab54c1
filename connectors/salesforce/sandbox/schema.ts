/** What the org's objects look like: fields parsed from their facts, and the describe answers made of them. */
import type { Json } from "../../../core/model/value.ts"
import { children, custom, keyPrefixes, personFields, picklists, standard } from "./objects.ts"

export interface FieldDef {
  readonly name: string
  readonly type: string
  readonly length: number
  readonly precision: number
  readonly scale: number
  /** Letters, as in the facts. */
  readonly flags: string
  readonly compound?: string
  readonly referenceTo: ReadonlyArray<string>
  readonly relationship?: string
}

export interface ObjectDef {
  readonly name: string
  readonly prefix: string
  readonly fields: Map<string, FieldDef>
}

const systemFields = `
  Id id(18) diFS
  IsDeleted boolean dFS
  CreatedDate datetime dFS
  CreatedById reference dFS >User:CreatedBy
  LastModifiedDate datetime dFS
  LastModifiedById reference dFS >User:LastModifiedBy
  SystemModstamp datetime dFS
`

const shape = /^(\w+) (\w+)(?:\((\d+)(?:,(\d+))?\))? (\S+)(?: =(\w+))?(?: >([\w,]+)(?::(\w+))?)?$/

export const fieldOf = (line: string): FieldDef => {
  const found = shape.exec(line.trim())
  if (found === null) throw new TypeError(`no field: ${line}`)
  const [, name = "", type = "", first, second, flags = "", compound, referenceTo, relationship] = found
  const numeric = second !== undefined
  return {
    name, type, flags,
    length: type === "reference" ? 18 : numeric ? 0 : Number(first ?? 0),
    precision: numeric ? Number(first) : 0,
    scale: Number(second ?? 0),
    referenceTo: referenceTo?.split(",") ?? [],
    ...(compound === undefined ? {} : { compound }),
    ...(relationship === undefined ? {} : { relationship })
  }
}

const linesOf = (text: string): ReadonlyArray<string> =>
  text.split("\n").map((line) => line.trim()).filter((line) => line !== "")

export interface SchemaOptions {
  readonly personAccounts: boolean
  /** `esl_id__c` is there. */
  readonly prepared: boolean
  /** Codes of an org with several currencies; empty: the org has one. */
  readonly currencies: ReadonlyArray<string>
}

/** Where `esl setup` puts its field. */
export const keyed = new Set([
  "Account", "Contact", "Order", "OrderItem", "Product2", "PricebookEntry", "Location", "ProductItem", "Shop__c"
])
const priced = new Set(["Account", "Contact", "Order", "OrderItem", "Product2", "Pricebook2", "PricebookEntry"])

export const schemaOf = (options: SchemaOptions): Map<string, ObjectDef> => {
  const names = new Set([...Object.keys(standard), ...Object.keys(custom)])
  return new Map([...names].map((name) => {
    const lines = [
      ...linesOf(systemFields),
      ...linesOf(standard[name] ?? ""),
      ...linesOf(custom[name] ?? ""),
      ...(options.personAccounts && name === "Account" ? personLines() : []),
      ...(options.currencies.length > 0 && priced.has(name) ? [currencyLine(name)] : []),
      ...(options.prepared && keyed.has(name) ? [externalIdLine] : [])
    ]
    const def: ObjectDef = {
      name,
      prefix: keyPrefixes[name] ?? "a01",
      fields: new Map(lines.map(fieldOf).map((field) => [field.name, field]))
    }
    return [name, def]
  }))
}

/** Custom fields of Contact are seen on a person account as `__pc`; an Account's name becomes optional there. */
const personLines = (): ReadonlyArray<string> => [
  ...linesOf(personFields),
  ...linesOf(custom["Contact"] ?? "").map((line) => line.replace("__c ", "__pc ")),
  "Name string(255) ncuFS =Name"
]

const currencyLine = (name: string): string =>
  `CurrencyIsoCode picklist(3) ${name === "OrderItem" ? "dFSR" : name === "PricebookEntry" ? "cdFSR" : "cudFSR"}`

export const externalIdLine = "esl_id__c string(100) ncuxqiFS"

const soapTypes: { readonly [type: string]: string } = {
  id: "tns:ID", reference: "tns:ID", boolean: "xsd:boolean", date: "xsd:date", datetime: "xsd:dateTime",
  double: "xsd:double", currency: "xsd:double", percent: "xsd:double", int: "xsd:int", address: "urn:address"
}

const has = (field: FieldDef, letter: string): boolean => field.flags.includes(letter)
export const isNillable = (field: FieldDef): boolean => has(field, "n")
export const isCreateable = (field: FieldDef): boolean => has(field, "c")
export const isUpdateable = (field: FieldDef): boolean => has(field, "u")
export const isDefaulted = (field: FieldDef): boolean => has(field, "d")
export const isExternalId = (field: FieldDef): boolean => has(field, "x")
export const isUnique = (field: FieldDef): boolean => has(field, "q")
export const isFilterable = (field: FieldDef): boolean => has(field, "F")
export const isSortable = (field: FieldDef): boolean => has(field, "S")
export const isRestricted = (field: FieldDef): boolean => has(field, "R")
export const isIdLookup = (field: FieldDef): boolean => has(field, "i")
export const isAutoNumber = (field: FieldDef): boolean => has(field, "a")

export const valuesOf = (object: string, field: FieldDef, currencies: ReadonlyArray<string>): ReadonlyArray<string> =>
  field.name === "CurrencyIsoCode" ? currencies : picklists[`${object}.${field.name.replace(/__pc$/, "__c")}`]
    ?? picklists[`Contact.${field.name.replace(/^Person/, "").replace(/__pc$/, "__c")}`] ?? []

const isCustom = (field: FieldDef): boolean => /__p?c$/.test(field.name)

const describeField = (object: string, field: FieldDef, currencies: ReadonlyArray<string>): Json => ({
  aggregatable: has(field, "F"), aiPredictionField: false, autoNumber: isAutoNumber(field),
  byteLength: field.type === "id" || field.type === "reference" ? 18 : field.length * 3, calculated: false,
  calculatedFormula: null, cascadeDelete: false, caseSensitive: false, compoundFieldName: field.compound ?? null,
  controllerName: null, createable: isCreateable(field), custom: isCustom(field), defaultValue: null,
  defaultValueFormula: null, defaultedOnCreate: isDefaulted(field), dependentPicklist: false,
  deprecatedAndHidden: false, digits: field.type === "int" ? 8 : 0, displayLocationInDecimal: false, encrypted: false,
  externalId: isExternalId(field), extraTypeInfo: null, filterable: isFilterable(field), filteredLookupInfo: null,
  formulaTreatNullNumberAsZero: false, groupable: isSortable(field), highScaleNumber: false, htmlFormatted: false,
  idLookup: isIdLookup(field), inlineHelpText: null, label: field.name.replace(/__p?c$/, "").replaceAll("_", " "),
  length: field.length, mask: null, maskType: null, name: field.name, nameField: field.name === "Name",
  namePointing: false, nillable: isNillable(field), permissionable: isNillable(field),
  picklistValues: valuesOf(object, field, currencies).map((value) => ({
    active: true, defaultValue: false, label: value, validFor: null, value
  })),
  polymorphicForeignKey: field.referenceTo.length > 1, precision: field.precision, queryByDistance: false,
  referenceTargetField: null, referenceTo: [...field.referenceTo], relationshipName: field.relationship ?? null,
  relationshipOrder: null, restrictedDelete: false, restrictedPicklist: isRestricted(field), scale: field.scale,
  searchPrefilterable: field.type === "id" || field.type === "reference",
  soapType: soapTypes[field.type] ?? "xsd:string", sortable: isSortable(field), type: field.type,
  unique: isUnique(field), updateable: isUpdateable(field), writeRequiresMasterRead: false
})

const urls = (base: string): { readonly [name: string]: Json } => ({
  compactLayouts: `${base}/describe/compactLayouts`, rowTemplate: `${base}/{ID}`,
  approvalLayouts: `${base}/describe/approvalLayouts`, listviews: `${base}/listviews`, describe: `${base}/describe`,
  quickActions: `${base}/quickActions`, layouts: `${base}/describe/layouts`, sobject: base
})

const writable = (name: string): boolean => !["User", "RecordType", "Organization"].includes(name)
const mergeable = new Set(["Account", "Contact"])

/** The short form, of which the list of all objects is made. */
export const describeShort = ({ name, prefix }: ObjectDef, version: string): { readonly [key: string]: Json } => ({
  activateable: false, associateEntityType: null, associateParentEntity: null, createable: writable(name),
  custom: name.endsWith("__c"), customSetting: false, deepCloneable: false, deletable: writable(name),
  deprecatedAndHidden: false, feedEnabled: false, hasSubtypes: false, isInterface: false, isSubtype: false,
  keyPrefix: prefix, label: name.replace(/__c$/, ""), labelPlural: `${name.replace(/__c$/, "")}s`, layoutable: true,
  mergeable: mergeable.has(name), mruEnabled: true, name, queryable: true, replicateable: writable(name),
  retrieveable: true, searchable: true, triggerable: true, undeletable: writable(name), updateable: writable(name),
  urls: urls(`/services/data/v${version}/sobjects/${name}`)
})

/** The long form: 45 keys, as the recorded answers have. */
export const describeLong = (
  def: ObjectDef, version: string, hidden: ReadonlySet<string>, currencies: ReadonlyArray<string>
): Json => ({
  actionOverrides: [], ...describeShort(def, version),
  childRelationships: Object.entries(children[def.name] ?? {}).map(([relationshipName, [childSObject, field]]) => ({
    cascadeDelete: false, childSObject, deprecatedAndHidden: false, field, junctionIdListNames: [],
    junctionReferenceTo: [], relationshipName, restrictedDelete: false
  })),
  compactLayoutable: true, defaultImplementation: null, extendedBy: null, extendsInterfaces: null,
  fields: [...def.fields.values()].filter((field) => !hidden.has(field.name))
    .map((field) => describeField(def.name, field, currencies)),
  implementedBy: null, implementsInterfaces: null, listviewable: null, lookupLayoutable: null, namedLayoutInfos: [],
  networkScopeFieldName: null,
  recordTypeInfos: [{
    active: true, available: true, defaultRecordTypeMapping: true, developerName: "Master", master: true,
    name: "Master", recordTypeId: "012000000000000AAA",
    urls: { layout: `/services/data/v${version}/sobjects/${def.name}/describe/layouts/012000000000000AAA` }
  }],
  searchLayoutable: true, sobjectDescribeOption: "FULL", supportedScopes: [{ label: "All", name: "everything" }]
})
