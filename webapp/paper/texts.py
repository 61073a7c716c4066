"""Every text that stands on a document, in each language of documents (D-117, D-121).

A row of the catalogue is one text: English first, then German. `{…}` is filled in by who asks for it.
"""

from __future__ import annotations

from typing import Any, Final

__all__ = ["LANGUAGES", "TEXTS", "language_of", "text"]

LANGUAGES: Final = ("en", "de")

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # --- titles -----------------------------------------------------------------------------------------------------
    "invoice": ("Invoice", "Rechnung"),
    "credit_memo": ("Credit memo", "Gutschrift"),
    "shipment": ("Shipment", "Lieferschein"),
    "order": ("Service order", "Serviceauftrag"),
    "copy": ("COPY", "KOPIE"),
    # --- facts ------------------------------------------------------------------------------------------------------
    "date": ("Date", "Datum"),
    "invoice_no": ("Invoice no.", "Rechnungsnr."),
    "credit_memo_no": ("Credit memo no.", "Gutschriftsnr."),
    "shipment_no": ("Shipment no.", "Lieferscheinnr."),
    "order_no": ("Order no.", "Auftragsnr."),
    "contract_no": ("Contract no.", "Vertragsnr."),
    "customer_no": ("Customer no.", "Kundennr."),
    "your_vat_no": ("Your VAT no.", "Ihre UID\N{NON-BREAKING HYPHEN}Nr."),
    "your_reference": ("Your reference", "Ihr Zeichen"),
    "your_order_no": ("Your order no.", "Ihre Bestellnr."),
    "salesperson": ("Salesperson", "Ansprechpartner"),
    "order_date": ("Order date", "Auftragsdatum"),
    "agreed_for": ("Agreed for", "Vereinbart für"),
    "date_of_supply": ("Date of supply", "Leistungsdatum"),
    "period_of_supply": ("Period of supply", "Leistungszeit"),
    "posting_date": ("Posting date", "Buchungsdatum"),
    "shipped": ("Shipped", "Geliefert am"),
    "due_date": ("Due date", "Fällig am"),
    "work_begun": ("Work begun", "Arbeitsbeginn"),
    "work_ended": ("Work ended", "Arbeitsende"),
    # --- under the title --------------------------------------------------------------------------------------------
    "corrects": ("Corrects invoice {no}", "Korrigiert die Rechnung {no}"),
    "corrects_of": ("Corrects invoice {no} of {day}", "Korrigiert die Rechnung {no} vom {day}"),
    "service_for": ("Service for {address}", "Leistung für {address}"),
    "invoice_to": ("Invoice to {address}", "Rechnung an {address}"),
    # --- service items ----------------------------------------------------------------------------------------------
    "service_items": ("Service items", "Geräte"),
    "service_item": ("Service item", "Gerät"),
    "item_no": ("Item no.", "Artikelnr."),
    "serial_no": ("Serial no.", "Seriennr."),
    "serial_no_of": ("serial no. {no}", "Seriennr. {no}"),
    "warranty": ("Warranty", "Garantie"),
    "yes": ("Yes", "Ja"),
    "contract": ("Contract", "Vertrag"),
    # --- comments ---------------------------------------------------------------------------------------------------
    "fault": ("Fault", "Fehler"),
    "resolution": ("Resolution", "Behebung"),
    "accessory": ("Accessory", "Zubehör"),
    # --- lines ------------------------------------------------------------------------------------------------------
    "lines": ("Lines", "Positionen"),
    "type": ("Type", "Art"),
    "no": ("No.", "Nr."),
    "description": ("Description", "Beschreibung"),
    "quantity": ("Quantity", "Menge"),
    "unit": ("Unit", "Einheit"),
    "unit_price": ("Unit price", "Einzelpreis"),
    "unit_price_incl": ("Unit price incl. VAT", "Einzelpreis inkl. USt."),
    "unit_price_excl": ("Unit price excl. VAT", "Einzelpreis exkl. USt."),
    "discount_pct": ("Disc. %", "Rabatt %"),
    "vat_pct": ("VAT %", "USt. %"),
    "amount": ("Amount {currency}", "Betrag {currency}"),
    "amount_incl": ("Amount {currency} incl. VAT", "Betrag {currency} inkl. USt."),
    "supplied": ("Supplied {day}", "Geliefert am {day}"),
    "supplied_parts": ("Supplied {parts}", "Geliefert: {parts}"),
    "quantity_on": ("{quantity} on {day}", "{quantity} am {day}"),
    "item": ("Item", "Artikel"),
    "resource": ("Resource", "Ressource"),
    "cost": ("Cost", "Kosten"),
    "gl_account": ("G/L account", "Sachkonto"),
    "mail_subject": ("{document} from {company}", "{document} von {company}"),
    "mail_greeting": ("Dear Sir or Madam,", "Sehr geehrte Damen und Herren,"),
    "mail_body": (
        "please find attached our {document} of {day} about {amount}.",
        "im Anhang erhalten Sie unser Dokument {document} vom {day} über {amount}.",
    ),
    "mail_statement": (
        "please find attached your statement of account for {period}.",
        "im Anhang erhalten Sie Ihren Kontoauszug für {period}.",
    ),
    "mail_closing": ("Kind regards", "Mit freundlichen Grüßen"),
    "line_discount": ("Line discount", "Positionsrabatt"),
    # --- totals -----------------------------------------------------------------------------------------------------
    "subtotal": ("Subtotal", "Zwischensumme"),
    "invoice_discount": ("Invoice discount", "Rechnungsrabatt"),
    "total_excl": ("Total {currency} excl. VAT", "Summe {currency} exkl. USt."),
    "total_incl": ("Total {currency} incl. VAT", "Gesamtbetrag {currency} inkl. USt."),
    "vat": ("VAT", "USt."),
    "vat_of": ("{pct} % VAT", "{pct} % USt."),
    # --- the VAT specification --------------------------------------------------------------------------------------
    "vat_specification": ("VAT specification", "Aufstellung der Umsatzsteuer"),
    "rate_pct": ("Rate %", "Satz %"),
    "line_amount": ("Lines {currency}", "Positionen {currency}"),
    "discount": ("Discount {currency}", "Rabatt {currency}"),
    "base": ("Base {currency}", "Bemessung {currency}"),
    "vat_amount": ("VAT {currency}", "USt. {currency}"),
    "incl_vat": ("Incl. VAT {currency}", "Brutto {currency}"),
    "sum": ("Sum", "Summe"),
    "reverse_charge": ("Reverse charge", "Übergang der Steuerschuld"),
    "reverse_charge_clause": (
        "Reverse charge: the recipient of the service owes the VAT.",
        "Reverse Charge: Die Steuerschuld geht auf den Leistungsempfänger über.",
    ),
    "cash_accounting": ("Cash accounting", "Besteuerung nach vereinnahmten Entgelten"),
    "tax_representative": (
        "Tax representative: {name}, {address}, VAT no. {no}",
        "Steuerlicher Vertreter: {name}, {address}, UID\N{NON-BREAKING HYPHEN}Nr. {no}",
    ),
    "exchange_rate": (
        "Exchange rate: {from_amount} {currency} = {to_amount} {lcy}",
        "Wechselkurs: {from_amount} {currency} = {to_amount} {lcy}",
    ),
    # --- payment ----------------------------------------------------------------------------------------------------
    "we_credit": ("We credit you {amount}.", "Wir schreiben Ihnen {amount} gut."),
    "payment_terms": ("Payment terms: {terms}.", "Zahlungsbedingungen: {terms}."),
    "paid": ("Paid.", "Bezahlt."),
    "paid_by": ("Paid: {method}.", "Bezahlt: {method}."),
    "please_pay": ("Please pay {amount}", "Bitte zahlen Sie {amount}"),
    "we_collect": ("We collect {amount} by direct debit", "Wir ziehen {amount} per Lastschrift ein"),
    "collected_on": ("due on {day}", "fällig am {day}"),
    "pay_by": ("by {day}", "bis {day}"),
    "pay_discount": ("less {pct} % until {day}", "abzüglich {pct} % Skonto bis {day}"),
    "pay_to": ("to {bank}", "an {bank}"),
    "with_reference": ("with reference {no}", "mit dem Verwendungszweck {no}"),
    "iban": ("IBAN {iban}", "IBAN {iban}"),
    "bic": ("BIC {bic}", "BIC {bic}"),
    "payment_code": ("Pay with your bank's app", "Mit der Bank-App zahlen"),
    "payment_code_alt": (
        "Payment code with account, amount and reference",
        "Zahlungscode mit Konto, Betrag und Verwendungszweck",
    ),
    # --- shipments --------------------------------------------------------------------------------------------------
    "ordered_by": ("Ordered by (name and signature)", "Beauftragt von (Name und Unterschrift)"),
    "order_amounts": (
        "The invoice shows the VAT and what was really used.",
        "Die Umsatzsteuer und was wirklich verbraucht wurde, zeigt die Rechnung.",
    ),
    "all_undone": ("All lines of this shipment were undone.", "Alle Positionen dieses Lieferscheins wurden storniert."),
    "signed_on": ("Date", "Datum"),
    "received_by": ("Received by (name and signature)", "Übernommen von (Name und Unterschrift)"),
    "certificate": ("Certificate of supply", "Gelangensbestätigung"),
    "certificate_confirms": (
        "We confirm that the goods listed below, supplied by {company}, arrived in {place}.",
        "Wir bestätigen, dass die unten genannten Gegenstände, geliefert von {company}, in {place} angekommen sind.",
    ),
    "certificate_received_on": ("Received on (day, or month and year)", "Erhalten am (Tag, oder Monat und Jahr)"),
    "certificate_signed": (
        "Place, date, name and signature of the recipient",
        "Ort, Datum, Name und Unterschrift des Abnehmers",
    ),
    "certificate_return": (
        "Please sign this certificate and send it back to {company}.",
        "Bitte unterschreiben Sie diese Bestätigung und senden Sie sie an {company} zurück.",
    ),
    # --- the margins ------------------------------------------------------------------------------------------------
    "page_of": ("Page {page} of {pages}", "Seite {page} von {pages}"),
    "page": ("Page {page}", "Seite {page}"),
    "vat_no": ("VAT no. {no}", "UID\N{NON-BREAKING HYPHEN}Nr. {no}"),
    "registration_no": ("Reg. no. {no}", "Firmenbuchnr. {no}"),
    # --- statements of account -------------------------------------------------------------------------------------
    "statement": ("Statement of account", "Kontoauszug"),
    "statement_no": ("Statement no.", "Auszugsnr."),
    "period": ("Period", "Zeitraum"),
    "account_in": ("Account in {currency}", "Konto in {currency}"),
    "document": ("Document", "Beleg"),
    "payment": ("Payment", "Zahlung"),
    "refund": ("Refund", "Erstattung"),
    "balance": ("Balance {currency}", "Saldo {currency}"),
    "opening_balance": ("Opening balance", "Anfangssaldo"),
    "closing_balance": ("Closing balance", "Endsaldo"),
    "applied_across": ("Applied to another currency", "Mit anderer Währung ausgeglichen"),
    "payment_discount": ("Payment discount", "Skonto"),
    "overdue_on": ("Overdue on {day}", "Überfällig am {day}"),
    "days_late": ("Days late", "Tage überfällig"),
    "remaining": ("Remaining {currency}", "Offen {currency}"),
    "by_age": ("By age in {currency}", "Nach Alter in {currency}"),
    "not_due": ("Not due", "Nicht fällig"),
    "days_from_to": ("{first} – {last} days", "{first} – {last} Tage"),
    "over_days": ("Over {days} days", "Über {days} Tage"),
    "nothing_moved": (
        "The account did not move in this period and nothing is open.",
        "Das Konto wurde in diesem Zeitraum nicht bewegt, und nichts ist offen.",
    ),
    "pay_statement": (
        "Please pay to {bank}, IBAN {iban}, with reference {no}.",
        "Bitte zahlen Sie an {bank}, IBAN {iban}, mit dem Verwendungszweck {no}.",
    ),
    # --- the cover of a print run -----------------------------------------------------------------------------------
    "print_run": ("Print run {no}", "Druckstapel {no}"),
    "printed_by": ("Printed by {user}, {day}", "Gedruckt von {user}, {day}"),
    "documents": ("Documents", "Belege"),
    "count": ("Count", "Anzahl"),
    "numbers": ("Numbers", "Nummern"),
    "pages_follow": ("{pages} pages follow this sheet", "{pages} Seiten folgen diesem Blatt"),
    "currency": ("Currency", "Währung"),
    "total_with_vat": ("Total incl. VAT", "Summe inkl. USt."),
    "not_in_it": ("Asked for and not in this file: {count}.", "Verlangt und nicht enthalten: {count}."),
}


def language_of(code: str) -> str:
    """The language of documents for a language code: by its first two letters; English for every other."""
    short = code[:2].lower()
    return short if short in LANGUAGES else LANGUAGES[0]


def text(key: str, language: str, **values: Any) -> str:
    """A text in one of `LANGUAGES`, filled in with `values`; an unknown key is a fault of the program."""
    words = TEXTS[key][LANGUAGES.index(language)]
    return words.format(**values) if values else words
