/** Makes `erp.db`, an old ERP with a grown German schema: codes for words, amounts in cents, times without a zone. */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { articles, daysAgo, inErp, pad, people } from "./people.ts"
import type { Person } from "./people.ts"

const moves = (table: string, key: string): string => `
create trigger ${table}_AEND after update on ${table} when new.AENDDAT is old.AENDDAT
  begin update ${table} set AENDDAT = datetime('now') where ${key} = new.${key}; end;`

const schema = `
create table KUNDEN (KDNR integer primary key, VORNAME text, NACHNAME text, FIRMA text, EMAIL text, TEL text,
  MOBIL text, SPERRE text not null default 'N', KREDLIM integer, NEWSLETTER text, NLDATUM text, BEMERKUNG text,
  ANLDAT text not null default (datetime('now')), AENDDAT text);
create table ANSCHRIFTEN (ADRNR integer primary key, KDNR integer not null references KUNDEN, TYP text not null,
  STRASSE text, PLZ text, ORT text, LAND text, AENDDAT text, unique (KDNR, TYP));
create table ARTIKEL (ARTNR text primary key, BEZ text not null, MARKE text, EAN text, VKBRUTTO integer not null,
  VKNETTO integer generated always as (cast(round(VKBRUTTO / 1.19) as integer)) stored, AKTIV text not null default 'J');
create table LAGERORT (LGORT text primary key, BEZ text not null);
create table LAGER (ARTNR text not null references ARTIKEL, LGORT text not null references LAGERORT,
  BESTAND integer not null, primary key (ARTNR, LGORT));
create table AUFTRAG (AUFNR integer primary key, QUELLE text, EXTNR text, KDNR integer references KUNDEN,
  LGORT text references LAGERORT, DATUM text not null, WAEHRUNG text not null default 'EUR',
  STATUS text not null default 'O', ZAHLUNG text not null default 'O', LIEFERUNG text not null default '0',
  VERSAND integer, BRUTTO integer,  SENDUNG text, VERSANDDATUM text, GUTSCHRIFT integer, GUTDATUM text, GUTGRUND text,
  ANLDAT text not null default (datetime('now')), AENDDAT text);
create table AUFTRAGSPOS (AUFNR integer not null references AUFTRAG, POS integer not null,
  ARTNR text references ARTIKEL, BEZ text, MENGE integer not null, EPREIS integer, GESAMT integer,
  primary key (AUFNR, POS));
${moves("KUNDEN", "KDNR")}${moves("ANSCHRIFTEN", "ADRNR")}${moves("AUFTRAG", "AUFNR")}
-- The ERP counts: what is delivered leaves the shelf, once. A till sale is delivered when it is typed in.
create trigger ABGANG_SPAETER after update of LIEFERUNG on AUFTRAG when new.LIEFERUNG = '2' and old.LIEFERUNG <> '2' begin
  update LAGER set BESTAND = BESTAND -
      (select sum(MENGE) from AUFTRAGSPOS p where p.AUFNR = new.AUFNR and p.ARTNR = LAGER.ARTNR)
    where LGORT = coalesce(new.LGORT, 'HL') and ARTNR in (select ARTNR from AUFTRAGSPOS where AUFNR = new.AUFNR); end;
create trigger ABGANG_SOFORT after insert on AUFTRAGSPOS
  when (select LIEFERUNG from AUFTRAG where AUFNR = new.AUFNR) = '2' begin
  update LAGER set BESTAND = BESTAND - new.MENGE
    where ARTNR = new.ARTNR and LGORT = (select coalesce(LGORT, 'HL') from AUFTRAG where AUFNR = new.AUFNR); end;
`

/** As people typed it: capitals, blanks, a number that is none. */
const typedEmail = ({ n, email }: Person): string | null =>
  n === 150 ? "frau weber (siehe akte)" : n === 151 ? "" : n % 12 === 0 ? `  ${email.toUpperCase()} ` : email
const typedPhone = ({ n, phone }: Person): string =>
  n % 10 === 9 ? "unbekannt" : n % 2 === 0 ? `0${phone.slice(0, 2)}/${phone.slice(2)}` : `0${phone.slice(0, 2)} ${phone.slice(2)}`

const spoken = (at: string): string => at.slice(0, 19).replace("T", " ")

/** Makes the database anew in this folder. */
export const makeErp = (folder: string): void => {
  const file = join(folder, "erp.db")
  for (const suffix of ["", "-wal", "-shm"]) rmSync(file + suffix, { force: true })
  const db = new DatabaseSync(file)
  db.exec("pragma journal_mode = wal")
  db.exec(schema)
  db.exec("begin")
  const kunde = db.prepare(`insert into KUNDEN (KDNR, VORNAME, NACHNAME, FIRMA, EMAIL, TEL, MOBIL, SPERRE, KREDLIM,
    NEWSLETTER, NLDATUM, ANLDAT) values (?,?,?,?,?,?,?,?,?,?,?,?)`)
  const anschrift = db.prepare("insert into ANSCHRIFTEN values (?,?,?,?,?,?,?,null)")
  for (const person of people.filter(inErp)) {
    const { n } = person
    const said = n % 7 === 0 ? "J" : n % 13 === 0 ? "N" : null
    kunde.run(10_000 + n, person.first, n % 11 === 0 ? person.last.toUpperCase() : person.last,
      n % 17 === 0 ? `${person.last} & Söhne GmbH` : null, typedEmail(person), typedPhone(person),
      n % 8 === 0 && n < 100 ? `0171 39200${pad(n % 100, 2)}` : null, n % 41 === 40 ? "J" : "N", n % 6 === 0 ? 50_000 : null,
      said, said === null ? null : spoken(daysAgo(200 + n)), spoken(daysAgo(400 + n)))
    anschrift.run(n + 1, 10_000 + n, "RE", person.street, person.zip, person.city, "D")
  }
  db.exec("insert into LAGERORT values ('HL', 'Hauptlager Lübeck'), ('FI', 'Filiale Mitte')")
  const artikel = db.prepare("insert into ARTIKEL (ARTNR, BEZ, MARKE, EAN, VKBRUTTO, AKTIV) values (?,?,?,?,?,?)")
  const lager = db.prepare("insert into LAGER values (?,?,?)")
  for (const { brand, ean, gross, n, number, title } of articles) {
    artikel.run(number, title, brand, ean, gross, n % 31 === 30 ? "N" : "J")
    lager.run(number, "HL", 20 + (n * 7) % 60)
    lager.run(number, "FI", 5 + n % 11)
  }
  db.exec("commit")
  db.close()
}
